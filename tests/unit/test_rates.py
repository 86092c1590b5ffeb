"""Token buckets, and whom they count, on a clock that the test turns."""

from __future__ import annotations

from uuid import UUID

import pytest

from sahne.database.actor import ANONYMOUS, SERVICE, user_actor
from sahne.errors import TooManyRequests
from sahne.gateway.auth.errors import OverRequestRateLimit
from sahne.gateway.auth.limits import GUESSES_AT_AN_ACCOUNT, SIGN_IN, Limit, Limits
from sahne.gateway.callers import Callers, Places, address_of, caller_of, place_of
from sahne.gateway.rates import Bucket, Buckets, Rate, RateExceeded
from sahne.gateway.realtime.bounds import bounds_of
from sahne.gateway.realtime.limits import Limits as RealtimeLimits
from sahne.settings import Settings
from sahne.settings.reading import read_settings

ADA, BO = UUID(int=0xADA), UUID(int=0xB0)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def settings(**given: object) -> Settings:
    """A server with a secret of its own, where limits are felt."""
    return read_settings(env_file=None, jwt_secret="x" * 32, **given)


def asked_by(host: str, **headers: str) -> dict[str, object]:
    return {"client": (host, 1), "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}


def test_a_bucket_gives_its_burst_then_what_it_is_refilled_with() -> None:
    clock = Clock()
    bucket = Bucket(Rate(burst=3, refill=30, seconds=300), clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_seconds() == pytest.approx(10)
    clock.now += 10
    assert [bucket.take(), bucket.take()] == [True, False]
    clock.now += 10_000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_what_is_refused_takes_nothing() -> None:
    bucket = Bucket(Rate.per_second(10), Clock())
    assert not bucket.take(11)
    assert bucket.take(10)


def test_each_key_has_a_bucket_and_the_least_recently_used_is_forgotten() -> None:
    buckets = Buckets(Rate(burst=1, refill=1, seconds=300), buckets_max=2, clock=Clock())
    assert buckets.take("ada")
    assert buckets.take("bo")
    assert not buckets.take("ada")
    assert buckets.take("cem")
    assert len(buckets) == 2
    assert not buckets.take("ada")


@pytest.mark.parametrize(
    ("address", "from_header", "place"),
    [
        ("8.8.8.8", False, "8.8.8.8"),
        ("::ffff:8.8.8.8", False, "8.8.8.8"),
        ("2a02:4780:1:2:aaaa::1", False, "2a02:4780:1:2::/64"),
        ("2a02:4780:1:2:bbbb::2", False, "2a02:4780:1:2::/64"),
        ("127.0.0.1", False, None),
        ("10.0.0.7", False, None),
        ("::1", False, None),
        ("::ffff:10.0.0.7", False, None),
        ("fd00::7", False, None),
        ("10.0.0.7", True, "10.0.0.7"),
        (None, True, None),
    ],
)
def test_an_address_counts_where_it_tells_callers_apart(
    address: str | None, from_header: bool, place: str | None
) -> None:
    assert place_of(address, from_header=from_header) == place


def test_the_address_is_the_one_a_proxy_names() -> None:
    assert address_of("127.0.0.1", "8.8.8.8, 9.9.9.9") == "8.8.8.8"
    assert address_of("127.0.0.1", None) == "127.0.0.1"
    assert address_of("a name", "nonsense") is None
    behind_proxy = Places(settings(client_ip_header="X-Real-IP"))
    scope = asked_by("127.0.0.1", **{"x-real-ip": "2a02:4780:1:2::1"})
    assert behind_proxy.of(scope) == "2a02:4780:1:2::/64"
    assert behind_proxy.of_upgrade("127.0.0.1", {"x-real-ip": "8.8.8.8"}) == "8.8.8.8"
    direct = Places(settings())
    assert direct.of(asked_by("8.8.4.4", **{"x-real-ip": "8.8.8.8"})) == "8.8.4.4"
    assert direct.of_upgrade("8.8.4.4", {"x-real-ip": "8.8.8.8"}) == "8.8.4.4"
    assert direct.of({"client": None, "headers": []}) is None


def test_a_caller_is_a_user_wherever_they_are_else_an_address_and_never_the_server() -> None:
    assert caller_of(user_actor(ADA), "8.8.8.8") == caller_of(user_actor(ADA), None) != caller_of(user_actor(BO), None)
    assert caller_of(ANONYMOUS, "8.8.8.8") == "8.8.8.8"
    assert caller_of(ANONYMOUS, None) is None
    assert caller_of(SERVICE, "8.8.8.8") is None


def test_one_caller_is_told_when_to_try_again_and_nobody_else_is_kept_out() -> None:
    callers = Callers(settings(caller_requests_per_second_max=1))
    here, there = asked_by("8.8.8.8"), asked_by("9.9.9.9")
    for _ in range(10):
        callers.spend(ANONYMOUS, here)
    with pytest.raises(RateExceeded) as refused:
        callers.spend(ANONYMOUS, here)
    assert refused.value.retry_after_seconds == 1
    assert isinstance(refused.value, TooManyRequests)
    for actor, scope in [(ANONYMOUS, there), (user_actor(ADA), here), (user_actor(BO), here)]:
        callers.spend(actor, scope)
    for _ in range(50):
        callers.spend(SERVICE, here)


def test_a_laptop_does_not_meet_a_limit() -> None:
    callers = Callers(read_settings(env_file=None, caller_requests_per_second_max=1))
    for _ in range(9_000):
        callers.spend(user_actor(ADA), asked_by("127.0.0.1"))


def test_a_wait_is_said_in_whole_seconds_and_never_as_none() -> None:
    assert RateExceeded(retry_after_seconds=0.001).retry_after_seconds == 1
    assert RateExceeded(retry_after_seconds=1.2).retry_after_seconds == 2
    assert RateExceeded(retry_after_seconds=1e9).retry_after_seconds == 3600


# signing in


def test_a_limit_of_the_auth_door_belongs_to_one_key_and_one_kind() -> None:
    clock = Clock()
    limits, limit = Limits(clock=clock), Limit("knocking", Rate(burst=3, refill=30, seconds=300))
    for _ in range(3):
        limits.spend(limit, "ada")
    with pytest.raises(OverRequestRateLimit):
        limits.spend(limit, "ada")
    limits.spend(limit, "bo")
    limits.spend(SIGN_IN, "ada")
    clock.now += 10
    limits.spend(limit, "ada")
    with pytest.raises(OverRequestRateLimit):
        limits.spend(limit, "ada")


def test_guesses_at_one_account_from_many_addresses_share_one_slow_bucket() -> None:
    clock = Clock()
    limits = Limits(clock=clock)
    limits.remember_home("ada@example.com", "203.0.113.1")
    tried = 0
    with pytest.raises(OverRequestRateLimit):
        for address in range(45):
            for _ in range(30):
                limits.spend_guess("ada@example.com", f"198.51.100.{address}")
                tried += 1
    assert tried == GUESSES_AT_AN_ACCOUNT.rate.burst
    limits.spend_guess("bo@example.com", "198.51.100.1")
    limits.spend_guess("ada@example.com", "203.0.113.1")
    clock.now += 60
    limits.spend_guess("ada@example.com", "198.51.100.200")


# realtime


def limits_of_realtime(**given: object) -> RealtimeLimits:
    return RealtimeLimits(bounds_of(settings(**given)))


def test_a_socket_joins_its_channels_at_once_and_then_slowly() -> None:
    limits = limits_of_realtime(realtime_channels_per_socket_max=5)
    first, second = limits.of_socket(None), limits.of_socket(None)
    assert [limits.may_join(first, "anon") for _ in range(6)] == [True] * 5 + [False]
    assert limits.may_join(second, "anon")


def test_the_joins_of_one_address_and_of_one_role_leave_room_for_others() -> None:
    limits = limits_of_realtime(realtime_joins_per_second_max=20, realtime_joins_per_second_of_an_address_max=10)
    crowd = [limits.of_socket("8.8.8.8") for _ in range(12)]
    assert sum(limits.may_join(socket, "anon") for socket in crowd) == 10
    assert limits.may_join(limits.of_socket("9.9.9.9"), "anon")
    unnamed = [limits.of_socket(None) for _ in range(30)]
    assert sum(limits.may_join(socket, "anon") for socket in unnamed) == 9
    assert limits.may_join(limits.of_socket("9.9.9.9"), "authenticated")
    assert limits.may_join(limits.of_socket("8.8.8.8"), "service_role")


def test_the_messages_of_one_address_are_bounded_however_many_sockets_it_has() -> None:
    limits = limits_of_realtime(realtime_messages_per_second_max=1)
    crowd = [limits.of_socket("8.8.8.8") for _ in range(50)]
    assert sum(limits.may_send(socket) for socket in crowd) == 20
    assert limits.may_send(limits.of_socket("9.9.9.9"))
    assert limits.may_send(limits.of_socket(None))


def test_broadcasts_over_http_are_counted_by_caller_and_the_servers_own_apart() -> None:
    limits = limits_of_realtime()
    assert limits.may_send_over_http(ANONYMOUS, "8.8.8.8", 1_000)
    assert not limits.may_send_over_http(ANONYMOUS, "8.8.8.8", 1_000)
    assert limits.may_send_over_http(ANONYMOUS, "9.9.9.9", 900)
    assert not limits.may_send_over_http(ANONYMOUS, None, 1_000)
    assert limits.may_send_over_http(user_actor(ADA), "8.8.8.8", 1_000)
    assert limits.may_send_over_http(SERVICE, "8.8.8.8", 1_000)


def test_the_bytes_of_broadcasts_over_http_are_counted_by_caller_and_the_servers_own_apart() -> None:
    limits = limits_of_realtime(realtime_http_bytes_per_second_max=1024, request_body_bytes_max=2048)
    assert limits.may_carry_over_http(ANONYMOUS, "8.8.8.8", 2_000)
    assert not limits.may_carry_over_http(ANONYMOUS, "8.8.8.8", 2_000)
    assert limits.may_carry_over_http(ANONYMOUS, "9.9.9.9", 2_000)
    assert sum(limits.may_carry_over_http(ANONYMOUS, None, 2_000) for _ in range(20)) == 8
    assert limits.may_carry_over_http(user_actor(ADA), "8.8.8.8", 2_000)
    assert sum(limits.may_carry_over_http(SERVICE, None, 2_000) for _ in range(20)) == 10
