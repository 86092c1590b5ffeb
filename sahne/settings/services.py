"""Services of others: what stores tell, who carries pushes, who makes pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sahne.bus_rules import a_channel, of_bus
from sahne.image_providers import REMOTE, Budget, of_image_providers, providers_in, whsec
from sahne.push_rules import WEB_PUSH_SERVICES, a_contact, an_apple_id, hosts, of_vapid
from sahne.setting_rules import a_header, an_address
from sahne.variables import Characters, Within


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """Where each is, and what we are to it; without that it is not spoken to, and not believed."""

    # what RevenueCat's webhooks are known by: the whole Authorization, and what they are signed with; joined by commas
    # while one is changed. Without either, nobody is believed
    revenuecat_authorization: Annotated[str | None, Characters(16)] = None
    revenuecat_signing_secrets: Annotated[str | None, Characters(16)] = None
    # with a secret key of its REST API, RevenueCat is asked how people stand whose webhooks may be lost
    revenuecat_api_key: Annotated[str | None, Characters(8)] = None
    revenuecat_url: Annotated[str, an_address] = "https://api.revenuecat.com"
    # Apple's own notifications: the apps they may be of, joined by commas, and the file with Apple's root. Without
    # both, nobody is believed
    apple_bundle_ids: str | None = None
    apple_root_certificates: Path | None = None
    # Google Play's notifications: the apps they may be of, joined by commas, the key file of a service account that may
    # ask for purchases, and the audience and the account of the Pub/Sub subscription that pushes. Without all four,
    # nobody is believed
    google_package_names: str | None = None
    google_service_account: Path | None = None
    google_push_audience: str | None = None
    google_push_email: str | None = None
    google_play_url: Annotated[str, an_address] = "https://androidpublisher.googleapis.com"
    google_certificates_url: Annotated[str, an_address] = "https://www.googleapis.com/oauth2/v3/certs"

    # pushes (docs/guides/push.md); each service is spoken to when what it needs is set. Android's: the key file of a
    # service account of the Firebase project
    fcm_service_account: Path | None = None
    fcm_url: Annotated[str, an_address] = "https://fcm.googleapis.com"
    # Apple's: the key file (.p8), its id, the team's, and the apps that may be sent to, joined by commas. Builds from
    # Xcode are reached at https://api.sandbox.push.apple.com
    apns_key: Path | None = None
    apns_key_id: Annotated[str | None, an_apple_id] = None
    apns_team_id: Annotated[str | None, an_apple_id] = None
    apns_bundle_ids: str | None = None
    apns_url: Annotated[str, an_address] = "https://api.push.apple.com"
    # Expo's: off, unless the app is built with it; the token where the project asks for one
    expo_push: bool = False
    expo_access_token: Annotated[str | None, Characters(8)] = None
    expo_url: Annotated[str, an_address] = "https://exp.host"
    # browsers': the private key that `sahne push keys` prints, and how a push service reaches whoever runs this
    vapid_private_key: Annotated[str | None, of_vapid] = None
    vapid_subject: Annotated[str | None, a_contact] = None
    # the hosts of browsers' push services, joined by commas; `*` is any. Whoever subscribes names one of them
    web_push_services: Annotated[str, hosts] = WEB_PUSH_SERVICES

    # where several servers meet (docs/guides/many-servers.md): a Redis or Valkey, and the channel that is theirs there
    bus_url: Annotated[str | None, of_bus] = None
    bus_channel: Annotated[str, a_channel] = "sahne"

    # Storage in S3's protocol: the pair of keys that speaks as the server. Without both, only people's tokens are taken
    s3_protocol_access_key_id: Annotated[str | None, Characters(4)] = None
    s3_protocol_access_key_secret: Annotated[str | None, Characters(16)] = None

    # whether webhooks (docs/guides/webhooks.md) may go over http, and to addresses that only this network can reach
    webhooks_to_private_addresses: bool = False

    # the studio: who makes pictures, in order of fallback. `embedded` needs no key; `memory` makes flat ones, for tests
    image_providers: Annotated[str, of_image_providers] = "embedded"
    bfl_url: Annotated[str, an_address] = "https://api.bfl.ai"
    bfl_api_key: str | None = None
    bfl_webhook_secret: Annotated[str | None, Characters(16)] = None
    bfl_webhook_header: Annotated[str, a_header] = "x-bfl-signature"
    fal_url: Annotated[str, an_address] = "https://queue.fal.run"
    fal_key: str | None = None
    fal_jwks_url: Annotated[str, an_address] = "https://rest.alpha.fal.ai/.well-known/jwks.json"
    replicate_url: Annotated[str, an_address] = "https://api.replicate.com"
    replicate_api_token: str | None = None
    replicate_webhook_secret: Annotated[str | None, whsec] = None
    # a model of one's own (docs/guides/image-providers.md): its folder, as diffusers' `save_pretrained` writes it, and
    # the Python that has diffusers; None: the worker's own
    diffusers_model: Path | None = None
    diffusers_python: Path | None = None
    # steps of a picture, and how closely it follows the words; None: as the pipeline has it
    diffusers_steps: Annotated[int | None, Within(1, 200)] = None
    diffusers_guidance: Annotated[float | None, Within(0, 50)] = None
    # how much of a photo is drawn anew, and what all pictures of one request may take
    diffusers_strength: Annotated[float, Within(0.05, 1)] = 0.6
    diffusers_seconds_max: Annotated[float, Within(10, 3000)] = 600.0
    # what pictures of makers elsewhere may cost, UTC; without it as much as it comes to
    image_budget_day_dollars: Annotated[float | None, Within(0, 1_000_000)] = None
    image_budget_month_dollars: Annotated[float | None, Within(0, 1_000_000)] = None
    # whether pictures say in their files that they were generated, and the key they are signed with (PEM, with its
    # certificates); None: one that is made in the data folder
    provenance: bool = True
    provenance_key: Path | None = None
    # how surely a photo, or what was made of it, may be an unsafe one and still be kept; 1: nobody looks
    unsafe_photo_score_max: Annotated[float, Within(0, 1)] = 0.8
    unsafe_picture_score_max: Annotated[float, Within(0, 1)] = 0.8
    worker_heartbeat_seconds: Annotated[float, Within(0.1, 60)] = 5.0

    @property
    def image_provider_names(self) -> tuple[str, ...]:
        """Who makes pictures, in order of fallback."""
        return providers_in(self.image_providers)

    @property
    def remote_provider_names(self) -> tuple[str, ...]:
        """Those of them that are elsewhere."""
        return tuple(name for name in self.image_provider_names if name in REMOTE)

    @property
    def looks_for_unsafe(self) -> bool:
        """Whether a net looks at photos, or at what is made of them: 1 is a bound that no score passes."""
        return min(self.unsafe_photo_score_max, self.unsafe_picture_score_max) < 1

    @property
    def image_budget(self) -> Budget:
        """What their pictures may cost."""
        return Budget(_microdollars(self.image_budget_day_dollars), _microdollars(self.image_budget_month_dollars))


def _microdollars(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * 1_000_000)
