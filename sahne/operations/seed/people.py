"""The people of the seeded world: accounts without a password, faces, some creators, some shadows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from sahne.operations.seed.size import SCENE_DAYS, Frame, Size
from sahne.operations.seed.writing import NULL, Dice, Table, dashed, line, moment, row

MAIL_DOMAIN = "seed.example"  # nobody can own it; it is also how seeded people are known
NOBODYS_INSTANCE = "00000000-0000-0000-0000-000000000000"
CREATOR_SHARE = 0.01
CREATORS_MIN = 3
PREMIUM_SHARE = 0.03
SHADOW_SHARE = 0.03

_FIRST = """
Ayşe Mehmet Elif Mustafa Zeynep Can Deniz Emre Defne Kerem Selin Burak Ece Onur Naz Baran Leyla Arda Su Yusuf Maya
Noah Sofia Liam Emma Luca Nora Hugo Mila Oscar Lena Theo Ines Felix Clara Jonas Alma Nils Ida Anton Yara Omar
"""
_LAST = """
Yılmaz Kaya Demir Çelik Şahin Yıldız Aydın Öztürk Arslan Doğan Kılıç Aslan Çetin Koç Kurt Özkan Şimşek Polat Novak
Silva Rossi Weber Martin Dubois Jansen Larsen Nowak Popescu Kovács Costa Moreau Fischer Lindgren Haddad
"""
FIRST_NAMES, LAST_NAMES = _FIRST.split(), _LAST.split()
_PLAIN = str.maketrans("çğıöşüáéíóÇĞİÖŞÜ", "cgiosuaeioCGIOSU")


@dataclass(slots=True, kw_only=True)
class People:
    """Everybody, in the order they joined; a person is an index into these lists.

    `joined` is in Unix milliseconds; `shadows` has a profile id for those who wear one; `pictures` counts what each
    made, which also decides who pays.
    """

    ids: list[str]
    names: list[str]
    joined: list[int]
    creators: list[int]
    shadows: dict[int, str]
    premium: set[int]
    pictures: list[int] = field(default_factory=list)

    def there_at(self, when: int) -> int:
        """How many had joined by `when`: the people 0 … that number - 1."""
        return bisect_right(self.joined, when)


def make_people(frame: Frame, size: Size) -> People:
    """More joined lately than long ago."""
    dice = Dice(frame.seed, "people")
    span = frame.end - frame.days_before_end(SCENE_DAYS)
    joined = sorted(frame.end - int(span * dice.random() ** 1.5) - 60_000 for _ in range(size.users))
    if size.users >= CREATORS_MIN + 1:  # somebody was there from the start
        joined[: CREATORS_MIN + 1] = [frame.days_before_end(SCENE_DAYS)] * (CREATORS_MIN + 1)
    ids = [dice.id() for _ in joined]
    names = [f"{dice.choice(FIRST_NAMES)} {dice.choice(LAST_NAMES)}" for _ in ids]
    settled = frame.days_before_end(1)  # nobody is a creator on their first day
    creators = [
        person for person in range(size.users)
        if person < CREATORS_MIN or (dice.chance(CREATOR_SHARE) and joined[person] < settled)
    ]  # fmt: skip
    famous = set(creators)
    shadows = {person: dice.id() for person in range(size.users) if dice.chance(SHADOW_SHARE) and person not in famous}
    premium = {person for person in range(size.users) if dice.chance(PREMIUM_SHARE)}
    return People(ids=ids, names=names, joined=joined, creators=creators, shadows=shadows, premium=premium)


def people_tables(frame: Frame, people: People) -> list[Table]:
    """auth.users, auth.identities, profiles and their public faces."""
    count, with_shadows = len(people.ids), len(people.ids) + len(people.shadows)
    return [
        Table("copy_users", _users(frame, people), count),
        Table("copy_identities", _identities(frame, people), count),
        Table("copy_profiles", _profiles(frame, people), with_shadows),
        Table("copy_faces", _faces(people), with_shadows),
    ]


def username(people: People, person: int) -> str:
    """Readable and unlike any other: the id's digits make two seeds' people differ."""
    first = people.names[person].split()[0].translate(_PLAIN).lower()
    return f"{first}_{people.ids[person][:10]}"


def email(people: People, person: int) -> str:
    """The account's address."""
    return f"{username(people, person)}@{MAIL_DOMAIN}"


def _users(frame: Frame, people: People) -> Iterator[str]:
    dice = Dice(frame.seed, "users")
    for person, id in enumerate(people.ids):
        at = moment(people.joined[person])
        last_seen = moment(dice.randint(people.joined[person], frame.end))
        app = '{"provider": "email", "providers": ["email"]}'
        meta = f'{{"display_name": "{people.names[person]}"}}'
        yield row(
            instance_id=NOBODYS_INSTANCE,
            id=id,
            aud="authenticated",
            role="authenticated",
            email=email(people, person),
            encrypted_password="",
            email_confirmed_at=at,
            raw_app_meta_data=app,
            raw_user_meta_data=meta,
            is_anonymous=False,
            confirmation_token="",
            recovery_token="",
            email_change_token_new="",
            email_change="",
            created_at=at,
            updated_at=last_seen,
            last_sign_in_at=last_seen,
        )


def _identities(frame: Frame, people: People) -> Iterator[str]:
    dice = Dice(frame.seed, "identities")
    for person, id in enumerate(people.ids):
        at, sub = moment(people.joined[person]), dashed(id)
        data = f'{{"sub": "{sub}", "email": "{email(people, person)}", "email_verified": true}}'
        yield row(
            id=dice.id(),
            provider_id=sub,
            user_id=id,
            identity_data=data,
            last_sign_in_at=at,
            created_at=at,
            updated_at=at,
            provider="email",
        )


def _profiles(frame: Frame, people: People) -> Iterator[str]:
    dice = Dice(frame.seed, "profiles")
    famous = set(people.creators)
    for person, id in enumerate(people.ids):
        at = people.joined[person]
        last_seen = moment(dice.randint(at, frame.end))
        creator, premium = person in famous, person in people.premium
        ends = moment(frame.end + dice.randint(1, 30) * 86_400_000) if premium else NULL
        yield row(
            id=id,
            user_id=id,
            type="real",
            role="creator" if creator else "user",
            is_creator=creator,
            username=username(people, person),
            email=email(people, person),
            gender=dice.choice(("male", "female", NULL)),
            display_name=people.names[person],
            is_premium=premium,
            generation_count=people.pictures[person],
            subscription_status="active" if premium else NULL,
            subscription_expires_at=ends,
            created_at=moment(at),
            updated_at=last_seen,
            last_seen_at=last_seen,
        )
    for person, id in people.shadows.items():
        since = moment(people.joined[person])
        yield row(
            id=id,
            user_id=people.ids[person],
            type="shadow",
            role="user",
            is_creator=False,
            username=None,
            email=None,
            gender=None,
            display_name=_mask(id),
            is_premium=False,
            generation_count=0,
            subscription_status=None,
            subscription_expires_at=None,
            created_at=since,
            updated_at=since,
            last_seen_at=since,
        )


def _faces(people: People) -> Iterator[str]:
    famous = set(people.creators)
    for person, id in enumerate(people.ids):
        yield line(id, username(people, person), people.names[person], person in famous)
    for id in people.shadows.values():
        yield line(id, None, _mask(id), False)


def _mask(id: str) -> str:
    return f"Guest {id[:4]}"
