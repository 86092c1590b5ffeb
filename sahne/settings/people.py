"""How people come in: letters, passwords, phones, second factors, other providers, and code that is asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from sahne.hook_settings import of_a_hook, of_hook_secrets
from sahne.passkey_settings import a_domain, passkey_origins
from sahne.setting_rules import a_sender, an_address, names_in, of_smtp, redirects
from sahne.sign_in_providers import (
    Kind,
    SignInProvider,
    client_ids,
    of_openid_providers,
    of_provider_urls,
    openid_providers_in,
    provider_urls_in,
)
from sahne.sign_in_rules import (
    a_number,
    a_signing_secret,
    character_sets,
    character_sets_in,
    countries,
    fixed_codes,
)
from sahne.variables import Within


@dataclass(frozen=True, kw_only=True)
class PeopleSettings:
    """Who may come in, by what, and what is sent to them."""

    # letters: without a server none are sent; on a laptop they are kept in the data folder and shown at `/inbox`
    smtp_url: Annotated[str | None, of_smtp] = None
    mail_from: Annotated[str, a_sender] = "Sahne <no-reply@localhost>"
    # a folder with words of one's own (`mail/words.py`)
    mail_templates: Path | None = None
    mail_language: Literal["en", "tr"] = "en"
    # letters that may be asked for: between two to one address, and in an hour all together
    mail_pause_seconds: Annotated[int, Within(0, 3600)] = 60
    mails_per_hour_max: Annotated[int, Within(1)] = 600

    # who may come in: whether strangers may make accounts, and by what
    sign_up: bool = True
    anonymous_sign_in: bool = True
    email_sign_in: bool = True
    # what a password must be, and whether it is looked up among leaked ones (`accounts/password_rules.py`)
    password_characters_min: Annotated[int, Within(6, 72)] = 6
    password_required_characters: Annotated[str, character_sets] = ""
    leaked_passwords: bool = False
    leaked_passwords_url: Annotated[str, an_address] = "https://api.pwnedpasswords.com"
    # whether no password is set as long as that cannot be found out
    leaked_passwords_must_answer: bool = False
    # whose captcha is solved before anything is asked of accounts, and what it is verified with
    captcha: Literal["off", "turnstile", "hcaptcha"] = "off"
    captcha_secret: str | None = None
    captcha_url: Annotated[str | None, an_address] = None

    # signing in by phone, and who takes short messages; `inbox` is a laptop's (`providers/sms`)
    phone_sign_in: bool = False
    sms: Literal["inbox", "twilio", "http"] = "inbox"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = None
    twilio_from: str | None = None
    twilio_url: Annotated[str, an_address] = "https://api.twilio.com"
    sms_url: Annotated[str | None, an_address] = None
    sms_secret: Annotated[str | None, a_signing_secret] = None
    # the number that WhatsApp messages come from, at Twilio; None: there are none
    twilio_whatsapp_from: Annotated[str | None, a_number] = None
    # which numbers are written to, and the codes of numbers for tests (`sign_in_rules.py`)
    sms_countries: Annotated[str, countries] = ""
    sms_test_numbers: Annotated[str, fixed_codes] = ""
    # short messages that may be asked for: between two to a number, in an hour all together, and for what money a day
    sms_pause_seconds: Annotated[int, Within(0, 3600)] = 60
    sms_per_hour_max: Annotated[int, Within(1)] = 120
    sms_dollars: Annotated[float, Within(0, 10)] = 0.1
    sms_dollars_per_day_max: Annotated[float | None, Within(0, 1_000_000)] = None
    sms_expiry_seconds: Annotated[int, Within(30, 3600)] = 300

    # signing in by letter; None: an address must be proven with keys of one's own, and not on a laptop
    confirm_email: bool | None = None
    # whether the present address must agree too when an account moves to another
    secure_email_change: bool = True
    # whether a session older than a day needs a code by letter for a new password
    reauthenticate_for_password: bool = False
    # whether people may set up an authenticator app; who has one keeps it
    mfa_totp: bool = True
    # whether people may set up a phone as a second factor, which costs a short message each time it is asked for
    mfa_phone: bool = False
    # whether people may sign in with a passkey; None: where the app's address is named and a browser would make some
    passkeys: bool | None = None
    # what they are bound to, in place of the app's host, and who else may ask for them (`passkey_settings.py`)
    passkey_rp_id: Annotated[str | None, a_domain] = None
    passkey_origins: Annotated[str, passkey_origins] = ""
    # where the app is, and where else links may lead: addresses with `*` and `**`, joined by commas
    app_url: Annotated[str | None, an_address] = None
    redirect_urls: Annotated[str, redirects] = ""
    otp_digits: Annotated[int, Within(6, 10)] = 6
    otp_expiry_seconds: Annotated[int, Within(60, 86_400)] = 3600

    # code of one's own that is asked before somebody becomes a user, what a token shall say, and of each password and
    # second factor that was tried; or that sends letters and short messages itself
    hook_user_created: Annotated[str | None, of_a_hook] = None
    hook_access_token: Annotated[str | None, of_a_hook] = None
    hook_password_attempt: Annotated[str | None, of_a_hook] = None
    hook_mfa_attempt: Annotated[str | None, of_a_hook] = None
    hook_send_email: Annotated[str | None, of_a_hook] = None
    hook_send_sms: Annotated[str | None, of_a_hook] = None
    # what signs the asking, joined by commas while one is changed (`hook_settings.py`)
    hook_secrets: Annotated[str | None, of_hook_secrets] = None

    # signing in with another provider: what we are there, ids joined by commas (the web's first, then those of apps)
    apple_client_ids: Annotated[str | None, client_ids] = None
    apple_team_id: str | None = None
    apple_key_id: str | None = None
    apple_key: Path | None = None
    google_client_ids: Annotated[str | None, client_ids] = None
    google_client_secret: str | None = None
    github_client_ids: Annotated[str | None, client_ids] = None
    github_client_secret: str | None = None
    facebook_client_ids: Annotated[str | None, client_ids] = None
    facebook_client_secret: str | None = None
    discord_client_ids: Annotated[str | None, client_ids] = None
    discord_client_secret: str | None = None
    # issuers of one's own: `corp=https://login.example.com,CLIENT_ID,SECRET; …`
    openid_providers: Annotated[str | None, of_openid_providers] = None
    # where one of the five is somewhere else: `github=https://github.example.com`
    provider_urls: Annotated[str | None, of_provider_urls] = None
    # whether who is signed in may add and remove ways in by hand
    manual_linking: bool = False

    @property
    def hooks(self) -> tuple[str, ...]:
        """All code of one's own that is asked."""
        asked = (self.hook_user_created, self.hook_access_token, self.hook_password_attempt, self.hook_mfa_attempt)
        return tuple(hook for hook in (*asked, self.hook_send_email, self.hook_send_sms) if hook)

    @property
    def sends_texts(self) -> bool:
        """Whether anything is proven by short message."""
        return self.phone_sign_in or self.mfa_phone

    @property
    def has_whatsapp(self) -> bool:
        """Whether a code may come by WhatsApp; an app's own code sends it as it likes."""
        is_twilios = self.sms == "twilio" and self.twilio_whatsapp_from is not None
        return self.sends_texts and (self.hook_send_sms is not None or is_twilios)

    @property
    def sign_in_providers(self) -> tuple[SignInProvider, ...]:
        """Who else people sign in with."""
        urls = provider_urls_in(self.provider_urls or "")
        presets = (
            SignInProvider(
                name=kind,
                kind=kind,
                client_ids=names_in(ids),
                secret=secret,
                url=urls.get(kind),
                team_id=self.apple_team_id,
                key_id=self.apple_key_id,
                key=self.apple_key,
            )
            for kind, (ids, secret) in self.preset_clients.items()
            if ids
        )
        return (*presets, *openid_providers_in(self.openid_providers or ""))

    @property
    def preset_clients(self) -> dict[Kind, tuple[str | None, str | None]]:
        """What we are to the known providers: client ids and secret. Apple's secret is made of a key."""
        return {
            "apple": (self.apple_client_ids, None),
            "google": (self.google_client_ids, self.google_client_secret),
            "github": (self.github_client_ids, self.github_client_secret),
            "facebook": (self.facebook_client_ids, self.facebook_client_secret),
            "discord": (self.discord_client_ids, self.discord_client_secret),
        }

    @property
    def password_character_sets(self) -> tuple[str, ...]:
        """Of each of which a password must have one."""
        return character_sets_in(self.password_required_characters)

    @property
    def redirect_patterns(self) -> tuple[str, ...]:
        """Where else links may lead."""
        return names_in(self.redirect_urls)
