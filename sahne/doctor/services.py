"""Services of others: LiveKit by a real join, mail up to the password, makers of pictures by a free question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiosmtplib import SMTPAuthenticationError, SMTPException, SMTPResponseException

from sahne.database.pool import Database
from sahne.doctor.finding import Finding, fault, not_looked_at, warning
from sahne.doctor.installation import Installation, NoDatabase
from sahne.operations.live_status import Finding as LiveFinding
from sahne.operations.live_status import look_at
from sahne.providers.exchange import ProviderFault, ask
from sahne.providers.mail.smtp import SmtpMail, SmtpServer
from sahne.settings import Settings

ANSWER_SECONDS_MAX = 8.0
REFUSED = frozenset({401, 403})
NOTHING_LEFT = 402

# Of what LiveKit is looked at for: without these nobody goes live at all
LIVE_FAULTS = frozenset({"answer", "join", "clocks"})


async def live(installation: Installation) -> AsyncIterator[Finding]:
    """As `sahne livekit status` looks at each server: a room of our own, a join, a webhook and back."""
    if not installation.live_servers:
        yield not_looked_at("LiveKit", "none is set: nobody goes live")
        return
    async with AsyncExitStack() as exits:
        database = await _database(installation, exits)
        for server in installation.live_servers:
            for finding in await look_at(server, database):
                yield live_finding(server.name, finding)


async def _database(installation: Installation, exits: AsyncExitStack) -> Database | None:
    """As the doors have it; without one nothing is known of webhooks."""
    try:
        async with installation.connection():
            pass
    except NoDatabase:
        return None
    return await exits.enter_async_context(Database(installation.settings.authenticator_url, connections_max=1))


def live_finding(server: str, finding: LiveFinding) -> Finding:
    """In this table's words."""
    looked_at = f"LiveKit {server}: {finding.looked_at}"
    if not finding.to_do:
        return Finding(looked_at, finding.found)
    if finding.found.startswith("not looked at"):
        return not_looked_at(looked_at, finding.found.partition(": ")[2])
    return (fault if finding.looked_at in LIVE_FAULTS else warning)(looked_at, finding.found, finding.to_do)


async def mail(installation: Installation) -> AsyncIterator[Finding]:
    """Greeting, TLS and password; no letter is sent."""
    settings = installation.settings
    if settings.smtp_url is None:
        kept = "letters are kept in the data folder" if settings.has_inbox else "no SAHNE_SMTP_URL: no letters are sent"
        yield not_looked_at("mail", kept)
        return
    server = SmtpServer.of(settings.smtp_url)
    yield await mail_at(server, settings.mail_from)


async def mail_at(server: SmtpServer, sender: str) -> Finding:
    """What comes of a greeting."""
    place = f"{server.host}:{server.port}"
    try:
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            await SmtpMail(server, sender).greet()
    except SMTPAuthenticationError as error:
        return fault("mail", f"{place} refuses the password: {error.code}", "Check SAHNE_SMTP_URL's user and password.")
    except SMTPResponseException as error:
        return fault("mail", f"{place} answered {error.code} {error.message}", "Ask whoever runs the mail server.")
    except (SMTPException, OSError, TimeoutError) as error:
        seen = str(error) or type(error).__name__
        to_do = (
            "Check host and port in SAHNE_SMTP_URL, and that the server offers STARTTLS; clouds often close port 25."
        )
        return fault("mail", f"{place}: {seen}", to_do)
    tls = "TLS" if server.tls_at_once or server.starttls else "no TLS"
    return Finding("mail", f"{place} greets us, with {tls}{', and takes the password' if server.username else ''}")


@dataclass(frozen=True, slots=True)
class FreeQuestion:
    """Something to ask with a key that costs nothing, and is refused without a good one."""

    url: str
    headers: Mapping[str, str]


def free_questions(settings: Settings) -> dict[str, FreeQuestion]:
    """Of each maker that is set. fal has no such page: it is asked for a picture that was never ordered."""
    nobodys = "00000000-0000-0000-0000-000000000000"
    every = {
        "bfl": FreeQuestion(f"{settings.bfl_url}/v1/credits", {"x-key": settings.bfl_api_key or ""}),
        "fal": FreeQuestion(
            f"{settings.fal_url}/fal-ai/flux-pro/requests/{nobodys}/status",
            {"authorization": f"Key {settings.fal_key}"},
        ),
        "replicate": FreeQuestion(
            f"{settings.replicate_url}/v1/account", {"authorization": f"Bearer {settings.replicate_api_token}"}
        ),
    }
    return {name: every[name] for name in settings.remote_provider_names}


async def makers(installation: Installation) -> AsyncIterator[Finding]:
    """Whether each takes its key."""
    questions = free_questions(installation.settings)
    if not questions:
        yield not_looked_at("makers of pictures", "none is elsewhere")
    for name, question in questions.items():
        yield await asked(name, question)


async def asked(name: str, question: FreeQuestion) -> Finding:
    """What a maker says to it."""
    looked_at = f"pictures by {name}"
    try:
        answer = await ask("GET", question.url, question.headers, seconds_max=ANSWER_SECONDS_MAX)
    except ProviderFault as error:
        to_do = "Check its address, and the way out of this machine; pictures go to the next maker meanwhile."
        return warning(looked_at, f"no answer: {error}", to_do)
    if answer.status in REFUSED:
        return fault(looked_at, f"it refuses the key ({answer.status})", "Set a key that holds: image-providers.md.")
    credits = answer.json().get("credits")
    if answer.status == NOTHING_LEFT or (isinstance(credits, int | float) and credits <= 0):
        return fault(looked_at, "it takes the key, and there is no money left", "Put some on the account.")
    if answer.status >= 500:
        return warning(looked_at, f"it answered {answer.status}", "Wait; pictures go to the next maker meanwhile.")
    left = f", {credits:g} credits are left" if isinstance(credits, int | float) else ""
    return Finding(looked_at, f"it takes the key{left}")
