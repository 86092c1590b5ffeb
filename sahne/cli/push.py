"""`sahne push keys` makes a key for browsers' pushes; `sahne push test` sends one push to one device."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import uuid4

import orjson
import typer

from sahne.cli.output import failures_in_words, print_json, print_pairs, print_text
from sahne.cli.shared_options import AsJson
from sahne.errors import InvalidRequest, NotFound, Unavailable
from sahne.providers.push import Outcome, Push, Sent
from sahne.setting_rules import names_in
from sahne.settings import Settings, variable_of
from sahne.settings.reading import read_settings

app = typer.Typer(name="push", help="Pushes to phones and browsers: make keys, try them.", no_args_is_help=True)

EXPIRES_SECONDS = 300


class NoChannel(NotFound):
    """The settings have nothing for pushes to such devices."""

    code = "no_channel"


class NoSubscription(InvalidRequest):
    """This is no subscription of a browser."""

    code = "no_subscription"


@app.command()
def keys(as_json: AsJson = False) -> None:
    """Make a key pair for browsers; the public half follows from the private one, and apps get it at `/config.json`."""
    from sahne.providers.push.vapid import new_keys  # only here, as below: slow to load

    private, public = new_keys()
    if as_json:
        print_json({"vapid_private_key": private, "vapid_public_key": public})
    else:
        print_text(f"{variable_of('vapid_private_key')}={private}")


@app.command("test")
def send_one(
    platform: Annotated[Literal["fcm", "apns", "apns_voip", "expo", "web"], typer.Argument(help="Of the device.")],
    token: Annotated[str, typer.Argument(help="The device's; of a browser its subscription, as JSON.")],
    application: Annotated[
        str | None, typer.Option("--app", help="The bundle that the token is of; else the first that is set.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send one push to one device, and say what the service made of it; exit 1 unless it took it."""
    with failures_in_words(as_json=as_json):
        settings = read_settings()
        outcome = asyncio.run(_send(settings, _push(settings, platform, token, application)))
    told = _told(outcome)
    if as_json:
        print_json(told)
    else:
        print_pairs(told)
    if not isinstance(outcome, Sent):
        raise typer.Exit(1)


@app.command()
def receipt(
    ticket: Annotated[str, typer.Argument(help="The id that Expo gave when it took the push.")], as_json: AsJson = False
) -> None:
    """Ask Expo what Apple or Google made of a push; it says so some minutes later, for a day."""
    with failures_in_words(as_json=as_json):
        told = asyncio.run(_receipt(read_settings(), ticket))
    if as_json:
        print_json(told)
    else:
        print_pairs(told)


def _told(outcome: Outcome) -> Mapping[str, object]:
    return {"outcome": type(outcome).__name__.lower(), **asdict(outcome)}


def _push(settings: Settings, platform: str, token: str, application: str | None) -> Push:
    return Push(
        id=uuid4(),
        platform=platform,
        token="" if platform == "web" else token,
        app=application or next(iter(names_in(settings.apns_bundle_ids or "")), ""),
        title="Sahne",
        body="A push to try the settings.",
        data={"code": "test"},
        collapse=None,
        expires_at=datetime.now(UTC) + timedelta(seconds=EXPIRES_SECONDS),
        urgent=True,
        subscription=_subscription(token) if platform == "web" else None,
    )


def _subscription(text: str) -> dict[str, object]:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NoSubscription(hint="It is what JSON.stringify(subscription) gives in the browser.") from error
    return told if isinstance(told, dict) else {}


async def _send(settings: Settings, push: Push) -> Outcome:
    from sahne.providers.push.opened import close_channels, open_channels

    channels = open_channels(settings)
    try:
        if push.platform not in channels:
            raise NoChannel(details=f"there are: {', '.join(channels) or 'none'}", hint="See docs/guides/push.md.")
        return await channels[push.platform].send(push)
    finally:
        await close_channels(channels)


async def _receipt(settings: Settings, ticket: str) -> Mapping[str, object]:
    from sahne.providers.outgoing import Unreached
    from sahne.providers.push.expo import Expo

    expo = Expo(settings.expo_url, settings.expo_access_token)
    try:
        outcome = (await expo.receipts([ticket])).get(ticket)
    except Unreached as error:
        raise Unavailable(details=f"Expo: {error}", hint="Ask again in a minute.") from error
    finally:
        await expo.close()
    return _told(outcome) if outcome else {"outcome": "not_known"}
