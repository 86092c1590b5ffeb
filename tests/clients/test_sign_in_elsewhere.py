"""Signing in with another provider with the unmodified clients, JavaScript's and Python's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from supabase_auth.errors import AuthApiError
from supabase_auth.types import IdentitiesResponse, Session

from sahne.settings import Settings
from supabase import Client, ClientOptions, create_client
from tests.clients.conftest import NodeRunner
from tests.conftest import Running, free_port, running_server
from tests.openid import FakeProvider, back_from, provider, someone
from tests.sign_in_elsewhere import APP, with_providers


@pytest.fixture(scope="module")
def corp() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def other() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture(scope="module")
def elsewhere(
    settings: Settings, corp: FakeProvider, other: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    key = tmp_path_factory.mktemp("apple") / "AuthKey.p8"
    with running_server(with_providers(replace(settings, port=free_port()), corp, other, key)) as running:
        yield running


@pytest.fixture
def client(elsewhere: Running) -> Iterator[Client]:
    made = create_client(elsewhere.url, elsewhere.settings.anon_key, ClientOptions(flow_type="pkce"))
    yield made
    made.auth.close()


def test_supabase_js_signs_people_in_links_and_unlinks(
    elsewhere: Running, node: NodeRunner, corp: FakeProvider, other: FakeProvider
) -> None:
    keys = {
        "SAHNE_URL": elsewhere.url,
        "SAHNE_ANON_KEY": elsewhere.settings.publishable_key,
        "CORP_URL": corp.url,
        "OTHER_URL": other.url,
    }
    assert node("elsewhere.mjs", keys).count("ok ") == 5


def test_supabase_py_signs_people_in_links_and_unlinks(client: Client, other: FakeProvider) -> None:
    """Its types know the names of the known providers alone."""
    other.person = someone()
    away = client.auth.sign_in_with_oauth({"provider": "google", "options": {"redirect_to": APP}})
    session = _exchanged(client, httpx.get(away.url).headers["location"], other)
    assert session.user.email == other.person["email"]
    assert session.provider_token
    other.person = someone(id=7)
    linking = client.auth.link_identity({"provider": "github", "options": {"redirect_to": APP}})
    assert _exchanged(client, linking.url, other).user.id == session.user.id
    found = client.auth.get_user_identities()
    assert isinstance(found, IdentitiesResponse)
    identities = found.identities
    assert [each.provider for each in identities] == ["google", "github"]
    client.auth.unlink_identity(identities[0])
    with pytest.raises(AuthApiError) as last:
        client.auth.unlink_identity(identities[1])
    assert last.value.code == "single_identity_not_deletable"


def test_supabase_py_brings_an_id_token(client: Client, other: FakeProvider) -> None:
    assert client.auth.sign_in_with_id_token({"provider": "google", "token": other.id_token()}).user
    with pytest.raises(AuthApiError) as refused:
        client.auth.sign_in_with_id_token({"provider": "google", "token": other.id_token(aud="another")})
    assert "audience" in refused.value.message


def _exchanged(client: Client, address: str, provider: FakeProvider) -> Session:
    """The session of a person who signs in where the browser was sent, and is led back to the app."""
    url, _ = back_from(address, provider.url)
    code = parse_qs(urlsplit(httpx.get(url).headers["location"]).query)["code"][0]
    kept = client.auth._storage.get_item(f"{client.auth._storage_key}-code-verifier")
    verifier = (kept or "").split("/")[0]
    session = client.auth.exchange_code_for_session(
        {"auth_code": code, "code_verifier": verifier, "redirect_to": APP}
    ).session
    assert session
    return session
