"""Settings of makers of pictures: what cannot work is said at start, by the variable's name and never its value."""

from __future__ import annotations

import pytest

from sahne.errors import SettingInvalid
from sahne.image_providers import Budget
from sahne.providers.images.fitting_keys import refuse_keyless
from sahne.settings.reading import read_settings

KEYS = {
    "bfl": "bfl_api_key",
    "fal": "fal_key",
    "replicate": "replicate_api_token",
    "diffusers": "diffusers_model",
}


@pytest.mark.parametrize(("maker", "key"), KEYS.items())
def test_a_maker_without_its_key_or_model_is_refused_and_with_it_not(maker: str, key: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        refuse_keyless(read_settings(None, image_providers=f"{maker}, embedded"))
    assert f"SAHNE_{key.upper()}" in str(refused.value.details)
    refuse_keyless(read_settings(None, image_providers=f"{maker}, embedded", **{key: "k"}))


def test_who_makes_them_here_takes_no_key() -> None:
    refuse_keyless(read_settings(None))


@pytest.mark.parametrize(
    "names", ["", "midjourney", "bfl, bfl", "embedded, memory", "memory, diffusers", "bfl embedded"]
)
def test_a_list_of_makers_that_cannot_be_is_refused(names: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        read_settings(None, image_providers=names)
    assert "SAHNE_IMAGE_PROVIDERS" in str(refused.value.details)


def test_webhooks_of_the_global_host_are_refused_and_of_a_region_taken() -> None:
    given = {"image_providers": "bfl", "bfl_api_key": "k", "bfl_webhook_secret": "a secret of webhooks"}
    with pytest.raises(SettingInvalid) as refused:
        refuse_keyless(read_settings(None, **given))
    assert "a secret of webhooks" not in f"{refused.value.details}{refused.value.hint}"
    refuse_keyless(read_settings(None, **given, bfl_url="https://api.eu.bfl.ai"))


@pytest.mark.parametrize("secret", ["", "c2hvcnQ=", "no base64 at all !"])
def test_a_secret_that_is_none_of_replicates_is_refused(secret: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        read_settings(None, replicate_webhook_secret=f"whsec_{secret}")
    assert refused.value.details == "SAHNE_REPLICATE_WEBHOOK_SECRET: must be the secret as Replicate shows it, whsec_…"


def test_a_budget_is_told_in_dollars_and_kept_in_micro_dollars() -> None:
    made = read_settings(None, image_budget_day_dollars="2.5")
    assert made.image_budget == Budget(day=2_500_000, month=None)
    assert (made.image_budget.allows(2_500_000, 10**12), made.image_budget.allows(2_500_001, 0)) == (True, False)


def test_makers_are_told_where_to_say_something_only_where_others_reach_the_server() -> None:
    assert read_settings(None).webhooks_url is None
    assert read_settings(None, site_url="http://127.0.0.1:9").webhooks_url is None
    assert read_settings(None, site_url="https://a.example.com/").webhooks_url == "https://a.example.com/webhooks"
