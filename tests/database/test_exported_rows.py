"""The copy of everything that is somebody's has every table that says whose a row is, or there is a reason why not."""

from __future__ import annotations

import re
from importlib.resources import files
from uuid import uuid4

from sahne.accounts.archive import OF_ACCOUNTS, ROWS
from tests.database.access.matrix import read_matrix
from tests.world import World

# A table with a column that refers to an account or a face, and is in no copy
LEFT_OUT = {
    "auth.webauthn_challenges": "secrets, good for five minutes",
    "auth.one_time_tokens": "secrets, good for an hour",
    "private.account_conflicts": "about two people, of whom one would learn of the other",
    "private.account_deletions": "told when one asks; calling it off ends it",
    "private.account_exports": "the copies themselves",
    "private.analytics_people": "when the first event of somebody came, which the events say",
    "private.analytics_user_days": "counted from the events",
    "private.call_bills": "who gave money back; what a call cost stands with the call and in the statement",
    "private.call_intervals": "when which line of a call was up, from which the call's length follows",
    "private.call_slots": "that one is in a call now",
    "private.creator_bans": "about others: whom one has put out",
    "private.creator_boards": "counted from gifts",
    "private.creator_words": "the name again, folded for the search",
    "private.deliveries": "what is on its way to one's devices, for a day; what one was told is in the notifications",
    "private.events": "the outbox; what one was told is in the notifications",
    "private.factor_tries": "wrong codes, for keeping strangers out",
    "private.generation_batches": "which generations were asked for together, under which key",
    "private.former_usernames": "hashes of names that are not free yet",
    "private.idempotency_keys": "answers kept for a week, all of them in other rows, and which questions of agents were answered",
    "private.moderation_log": "what others did about somebody, and why: it protects who reported",
    "private.oauth_codes": "secrets, good for five minutes",
    "private.oauth_flows": "secrets, good for ten minutes",
    "private.paces": "how often one did something just now",
    "private.recovery_sets": "secrets",
    "private.scene_experiments": "the house's: which admin began it",
    "private.scene_versions": "the house's: which admin wrote it",
    "private.session_boards": "counted from gifts",
    "private.store_customers": "what stores call somebody; purchases and premium are there",
    "private.store_looks": "when a store is asked next",
    "private.studio_log": "the house's: what an admin did",
    "private.subscription_periods": "months of subscriptions, which the statement has; the reference is to who gave back",
    "private.suspensions": "what admins did about somebody, who was told why",
    "private.username_changes": "when a name was changed last, for a month",
    "private.webhook_messages": "what others were told of by the app's own wish, for some days; its facts are in other rows",
    "public.live_session_bans": "what others did about somebody",
    "public.public_profiles": "the profile again, as others see it",
}

OWNERS = """
    select distinct n.nspname || '.' || t.relname as name
      from pg_constraint f
      join pg_class t on t.oid = f.conrelid and not t.relispartition
      join pg_namespace n on n.oid = t.relnamespace
     where f.contype = 'f'
       and f.confrelid in ('auth.users'::regclass, 'public.profiles'::regclass, 'public.public_profiles'::regclass)"""

TEXT = files("sahne.accounts").joinpath("exported_rows.sql").read_text("utf-8")
READ = set(re.findall(r"(?:from|join) ((?:public|private|auth|storage)\.\w+)", TEXT))


def test_every_table_that_says_whose_a_row_is_is_in_the_copy_or_left_out_for_a_reason(world: World) -> None:
    owners = {row["name"] for row in world.owner(OWNERS)}
    assert owners - READ - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() & READ == set()
    assert LEFT_OUT.keys() - owners == set()


def test_no_column_is_in_the_copy_that_clients_may_not_see_but_what_it_says_of_oneself_alone(world: World) -> None:
    """A hidden column may tell who is behind another's face."""
    hidden = {table: set(cells.stated["hidden"].split()) for table, cells in read_matrix().items()}
    of_oneself = {("attendance", "total_watch_time_seconds")}
    told = {(name, column) for name in set(ROWS) - set(OF_ACCOUNTS) for column in columns_of(world, name)}
    tables = {name: re.search(rb"from public\.(\w+)", query) for name, query in ROWS.items()}
    kept_back = {
        (name, column)
        for name, column in told
        if (table := tables[name]) and table[1] not in (b"wallets", b"analytics_events")
        and column in hidden[table[1].decode()]
    }  # fmt: skip
    assert kept_back == of_oneself


def columns_of(world: World, name: str) -> list[str]:
    """What a query answers."""
    with world.serving() as conn:
        cursor = conn.execute(ROWS[name], {"user_id": uuid4()})
        return [column.name for column in cursor.description or ()]
