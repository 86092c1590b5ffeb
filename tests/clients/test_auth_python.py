"""The unmodified Python `supabase` client signs people up, in and out."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError

from supabase import Client, create_client
from tests.conftest import Running
from tests.factors import Phone

PASSWORD = "sahne-demo"


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    made = create_client(server.url, server.settings.anon_key)
    yield made
    made.auth.close()


@pytest.fixture
def admin(server: Running) -> Iterator[Client]:
    made = create_client(server.url, server.settings.service_role_key)
    yield made
    made.auth.close()


def an_email() -> str:
    return f"{uuid4().hex[:12]}@example.com"


def test_a_person_signs_up_in_out_and_in_again(client: Client) -> None:
    email = an_email()
    made = client.auth.sign_up({"email": email, "password": PASSWORD, "options": {"data": {"name": "Ada"}}})
    assert made.session
    assert made.user
    assert made.user.email == email
    assert made.user.user_metadata["name"] == "Ada"
    client.auth.sign_out()
    assert client.auth.get_session() is None
    again = client.auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert again.user
    assert again.user.id == made.user.id
    shown = client.auth.get_user()
    assert shown
    assert shown.user.id == made.user.id
    claims = client.auth.get_claims()
    assert claims
    assert claims["claims"]["sub"] == made.user.id


def test_a_wrong_password_is_an_error_with_its_code(client: Client) -> None:
    email = an_email()
    client.auth.sign_up({"email": email, "password": PASSWORD})
    with pytest.raises(AuthApiError) as wrong:
        client.auth.sign_in_with_password({"email": email, "password": "wrong horse"})
    assert wrong.value.code == "invalid_credentials"
    with pytest.raises(AuthApiError) as twice:
        client.auth.sign_up({"email": email, "password": PASSWORD})
    assert twice.value.code == "user_already_exists"
    with pytest.raises(AuthWeakPasswordError) as weak:
        client.auth.sign_up({"email": an_email(), "password": "123"})
    assert weak.value.reasons == ["length"]


def test_a_session_is_refreshed_and_a_used_token_is_answered_once_more(client: Client) -> None:
    first = client.auth.sign_up({"email": an_email(), "password": PASSWORD}).session
    assert first
    second = client.auth.refresh_session().session
    assert second
    assert second.refresh_token != first.refresh_token
    again = client.auth.refresh_session(first.refresh_token).session
    assert again
    assert again.refresh_token == second.refresh_token
    with pytest.raises(AuthApiError) as unknown:
        client.auth.refresh_session("aaaaaaaaaaaa")
    assert unknown.value.code == "refresh_token_not_found"


def test_a_visitor_becomes_a_user(client: Client) -> None:
    visitor = client.auth.sign_in_anonymously().user
    assert visitor
    assert visitor.is_anonymous
    email = an_email()
    user = client.auth.update_user({"email": email, "password": PASSWORD, "data": {"name": "Bo"}}).user
    assert (user.id, user.email, user.is_anonymous) == (visitor.id, email, False)
    refreshed = client.auth.refresh_session().user
    assert refreshed
    assert refreshed.user_metadata["name"] == "Bo"


def test_the_service_key_manages_users(admin: Client, client: Client) -> None:
    email = an_email()
    made = admin.auth.admin.create_user({"email": email, "password": PASSWORD, "email_confirm": True}).user
    assert admin.auth.admin.get_user_by_id(made.id).user.email == email
    assert made.id in {user.id for user in admin.auth.admin.list_users()}
    assert len(admin.auth.admin.list_users(page=1, per_page=1)) == 1
    changed = admin.auth.admin.update_user_by_id(made.id, {"app_metadata": {"plan": "gold"}}).user
    assert changed.app_metadata["plan"] == "gold"
    session = client.auth.sign_in_with_password({"email": email, "password": PASSWORD}).session
    assert session
    admin.auth.admin.sign_out(session.access_token)
    with pytest.raises(AuthApiError) as gone:
        client.auth.get_user(session.access_token)
    assert gone.value.code == "session_not_found"
    admin.auth.admin.delete_user(made.id)
    with pytest.raises(AuthApiError) as deleted:
        admin.auth.admin.get_user_by_id(made.id)
    assert deleted.value.code == "user_not_found"


def test_the_anon_key_manages_nobody(client: Client) -> None:
    with pytest.raises(AuthApiError) as refused:
        client.auth.admin.list_users()
    assert refused.value.code == "not_admin"


def test_a_second_factor_is_set_up_asked_for_and_removed(client: Client, admin: Client) -> None:
    email = an_email()
    client.auth.sign_up({"email": email, "password": PASSWORD})
    made = client.auth.mfa.enroll({"factor_type": "totp", "friendly_name": "phone"})
    assert made.totp
    phone = Phone(made.totp.secret, made.id)
    used = phone.code()
    raised = client.auth.mfa.challenge_and_verify({"factor_id": made.id, "code": used})
    assert raised.access_token
    level = client.auth.mfa.get_authenticator_assurance_level()
    assert (level.current_level, level.next_level) == ("aal2", "aal2")
    client.auth.sign_out()
    client.auth.sign_in_with_password({"email": email, "password": PASSWORD})
    level = client.auth.mfa.get_authenticator_assurance_level()
    assert (level.current_level, level.next_level) == ("aal1", "aal2")
    with pytest.raises(AuthApiError) as lower:
        client.auth.update_user({"password": "another horse"})
    assert lower.value.code == "insufficient_aal"
    with pytest.raises(AuthApiError) as wrong:
        client.auth.mfa.challenge_and_verify({"factor_id": made.id, "code": used})
    assert wrong.value.code == "mfa_verification_failed"
    client.auth.mfa.challenge_and_verify({"factor_id": made.id, "code": phone.code(1)})
    assert [factor.id for factor in client.auth.mfa.list_factors().totp] == [made.id]
    me = client.auth.get_user()
    assert me
    assert [factor.id for factor in admin.auth.admin.mfa.list_factors({"user_id": me.user.id})] == [made.id]
    assert client.auth.mfa.unenroll({"factor_id": made.id}).id == made.id
    assert client.auth.mfa.list_factors().all == []
