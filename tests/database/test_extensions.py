"""The stand-ins for pgcrypto and uuid-ossp: beside the real ones where those are, and by themselves where they are not."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql
from psycopg.rows import TupleRow

from sahne.database.binaries import Binaries, binaries_in
from sahne.database.embedded import EmbeddedPostgres
from sahne.database.migrate import migrate, status
from sahne.database.reach import server_lacks
from tests.absent import absent
from tests.conftest import INSTALLED, free_port, with_database
from tests.connections import as_authenticator
from tests.restoring import restored_copy

SCRIPTS = files("sahne.database").joinpath("stand_ins", "extension")
NAMES = ("pgcrypto", "uuid-ossp")
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA256", "Sha1")
LENGTHS = (0, 1, 55, 56, 63, 64, 65, 119, 127, 128, 129, 300)
OF_OURS = {"pgcrypto_sha1", "uuid_sha1", "uuid_of_hash", "uuid_of_this_moment", "fips_mode"}

FUNCTIONS = """
select proname, pg_get_function_arguments(oid), pg_get_function_result(oid), provolatile, proisstrict, proparallel, proretset
  from pg_catalog.pg_proc
 where pronamespace = %s::regnamespace and oid in (select objid from pg_catalog.pg_depend where deptype = any(%s))
"""


@pytest.fixture(scope="module")
def conn(database_url: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """The role that writes SQL, as it logs in."""
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def test_a_migrated_database_has_both_in_the_schema_of_extensions(conn: psycopg.Connection[TupleRow]) -> None:
    found = conn.execute(
        "select extname, extnamespace::regnamespace::text from pg_extension where extname = any(%s) order by 1",
        (list(NAMES),),
    ).fetchall()
    assert found == [(name, "extensions") for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["", 'with schema "extensions"', "with schema public"])
def test_making_an_extension_that_is_there_passes(conn: psycopg.Connection[TupleRow], name: str, where: str) -> None:
    conn.execute(f'create extension if not exists "{name}" {where}'.encode())
    with pytest.raises((pg.FeatureNotSupported, pg.UndefinedFile)):
        conn.execute("create extension if not exists pgcripto")


def test_they_are_found_without_a_schema_by_who_writes_sql_and_by_the_api(
    database_url: str, conn: psycopg.Connection[TupleRow]
) -> None:
    assert conn.execute("show search_path").fetchone() == ('"$user", public, extensions',)
    assert conn.execute("select uuid_generate_v4() is not null").fetchone() == (True,)
    for role in ("anon", "authenticated", "service_role"):
        with psycopg.connect(as_authenticator(database_url)) as door:
            door.execute(f"set local role {role}".encode())
            door.execute("set local search_path = public, extensions")  # as each request of the Data API has it
            assert door.execute("select length(digest('a', 'sha1')), uuid_generate_v4() is null").fetchone() == (
                20,
                False,
            )


def test_a_search_path_that_somebody_chose_stays(cluster_url: str) -> None:
    name = f"shop_{uuid4().hex[:8]}"
    with psycopg.connect(cluster_url, autocommit=True) as admin:
        admin.execute(f"create role {name} login superuser password 'postgres'".encode())
        admin.execute(f"alter role {name} set search_path = shop, public".encode())
        admin.execute(f"create database {name} template template0".encode())
        try:
            url = with_database(cluster_url, name).replace("//postgres:", f"//{name}:")
            migrate(url)
            with psycopg.connect(url) as conn:
                assert conn.execute("show search_path").fetchone() == ("shop, public",)
        finally:
            admin.execute(f"drop database {name} with (force)".encode())
            admin.execute(f"drop role {name}".encode())


# --- what they answer ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection[TupleRow]]:
    """The real ones in schema `extensions`, of a PostgreSQL that has them; the stand-ins' text run in `stand_in`."""
    programs = Path(INSTALLED.format(15))
    if not (programs / "postgres").exists():
        absent("A PostgreSQL with pgcrypto and uuid-ossp", f"install it where it has {programs}")
    folder = tmp_path_factory.mktemp("real") / "postgres"
    cluster = EmbeddedPostgres(folder, free_port(), server_settings={"fsync": "off"}, binaries=binaries_in(programs))
    cluster.start()
    try:
        with psycopg.connect(cluster.url, autocommit=True) as conn:
            conn.execute("create schema extensions")
            conn.execute("create schema stand_in")
            for name in NAMES:
                conn.execute(f'create extension "{name}" with schema extensions'.encode())
            conn.execute("set search_path = stand_in")
            for name in NAMES:
                text = SCRIPTS.joinpath(f"{name}--sahne.1.sql").read_text("utf-8")
                conn.execute(text.replace("@extschema@", "stand_in").encode())
            conn.execute("reset search_path")
            yield conn
    finally:
        cluster.stop()


def asked(conn: psycopg.Connection[TupleRow], schema: str, call: str, *given: object) -> object:
    """What a function of this schema answers, or the code and the sentence of its refusal."""
    try:
        row = conn.execute(sql.SQL("select {}.").format(sql.Identifier(schema)) + sql.SQL(call), given).fetchone()
    except psycopg.Error as error:
        return error.sqlstate, error.diag.message_primary
    return row


def assert_alike(conn: psycopg.Connection[TupleRow], call: str, *given: object) -> None:
    assert asked(conn, "stand_in", call, *given) == asked(conn, "extensions", call, *given), (call, given)


def test_every_real_function_has_its_stand_in(both: psycopg.Connection[TupleRow]) -> None:
    real = set(both.execute(FUNCTIONS, ("extensions", ["e"])).fetchall())
    ours = set(both.execute(FUNCTIONS.partition("and oid")[0].encode(), ("stand_in",)).fetchall())
    assert real - ours == set()
    assert {each[0] for each in ours - real} == OF_OURS


def test_hashes_are_the_real_ones(both: psycopg.Connection[TupleRow]) -> None:
    some = Random(7)
    for length in LENGTHS:
        data, key = some.randbytes(length), some.randbytes(some.choice(LENGTHS))
        text, word = data.hex() + "ş€", key.hex() + "ğ"
        for algorithm in ALGORITHMS:
            assert_alike(both, "digest(%s::bytea, %s)", data, algorithm)
            assert_alike(both, "digest(%s::text, %s)", text, algorithm)
            assert_alike(both, "hmac(%s::bytea, %s::bytea, %s)", data, key, algorithm)
            assert_alike(both, "hmac(%s::text, %s::text, %s)", text, word, algorithm)


@pytest.mark.parametrize(
    "call",
    [
        "digest('a', 'sha3')",
        "digest('a', 'No Such')",
        "digest('a', '')",
        "digest(null::text, 'sha1')",
        "digest('a', null)",
        "hmac('a', 'b', 'sha9')",
        "hmac('a', null, 'sha1')",
        "gen_random_bytes(0)",
        "gen_random_bytes(-1)",
        "gen_random_bytes(1025)",
        "gen_random_bytes(null)",
        "uuid_generate_v5(uuid_ns_dns(), null)",
    ],
)
def test_what_the_real_ones_refuse_is_refused_in_the_same_words(both: psycopg.Connection[TupleRow], call: str) -> None:
    both.execute("set search_path = extensions")
    assert_alike(both, call)
    both.execute("reset search_path")


def test_uuids_of_names_are_the_real_ones(both: psycopg.Connection[TupleRow]) -> None:
    some = Random(8)
    for call in ("uuid_nil()", "uuid_ns_dns()", "uuid_ns_url()", "uuid_ns_oid()", "uuid_ns_x500()"):
        assert_alike(both, call)
    for length in LENGTHS:
        namespace, name = UUID(bytes=some.randbytes(16)), some.randbytes(length).hex() + "şey"
        assert_alike(both, "uuid_generate_v3(%s, %s)", namespace, name)
        assert_alike(both, "uuid_generate_v5(%s, %s)", namespace, name)


def test_both_hash_alike_whichever_is_there() -> None:
    texts = [SCRIPTS.joinpath(f"{name}--sahne.1.sql").read_text("utf-8") for name in NAMES]
    bodies = [re.search(r"_sha1\(data bytea\).+?\$\$;", text, re.S) for text in texts]
    assert all(bodies)
    assert len({body[0] for body in bodies if body}) == 1


# --- by themselves -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "version"), [("uuid_generate_v1()", 1), ("uuid_generate_v1mc()", 1), ("uuid_generate_v4()", 4)]
)
def test_a_generated_uuid_is_of_its_version_and_no_other_has_it(
    conn: psycopg.Connection[TupleRow], call: str, version: int
) -> None:
    made = [row[0] for row in conn.execute(f"select {call} from generate_series(1, 2000)".encode())]
    assert {each.version for each in made} == {version}
    assert {each.variant for each in made} == {"specified in RFC 4122"}
    assert len(set(made)) == 2000


def test_a_uuid_of_version_one_tells_its_moment(conn: psycopg.Connection[TupleRow]) -> None:
    row = conn.execute("select extract(epoch from now())::float8, uuid_generate_v1(), uuid_generate_v1mc()").fetchone()
    assert row
    for each in row[1:]:
        assert abs((each.time - 0x01B21DD213814000) / 1e7 - row[0]) < 60
    assert row[2].bytes[10] & 3 == 3  # nobody's network card


def test_random_bytes_are_as_many_as_asked_for_and_random_in_every_place(conn: psycopg.Connection[TupleRow]) -> None:
    for length in (1, 13, 14, 15, 16, 1023, 1024):
        assert conn.execute("select length(gen_random_bytes(%s))", (length,)).fetchone() == (length,)
    drawn = [row[0] for row in conn.execute("select gen_random_bytes(32) from generate_series(1, 2000)")]
    for place in range(32):
        ones = [sum(each[place] >> bit & 1 for each in drawn) for bit in range(8)]
        assert all(800 < each < 1200 for each in ones)  # nine standard deviations


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("crypt('secret', gen_salt('bf'))", "auth.admin.createUser"),
        ("gen_salt('bf', 8)", "auth.admin.createUser"),
        ("encrypt('a', 'b', 'aes')", "--postgres system"),
        ("pgp_sym_encrypt('a', 'b')", "--postgres system"),
        ("armor('a')", "--postgres system"),
        ("(select count(*) from pgp_armor_headers('a'))", "--postgres system"),
    ],
)
def test_what_only_the_real_one_can_do_says_what_to_do_instead(
    conn: psycopg.Connection[TupleRow], binaries: Binaries, call: str, said: str
) -> None:
    if binaries.major < 18:  # such a PostgreSQL has its own, which can do it
        version = conn.execute("select extversion from pg_extension where extname = 'pgcrypto'").fetchone()
        assert version
        assert not version[0].startswith("sahne")
        return
    with pytest.raises(pg.FeatureNotSupported, match="is missing") as refused:
        conn.execute(f"select {call}".encode())
    assert said in (refused.value.diag.message_hint or "")


# --- an existing project -------------------------------------------------------------------------------------------

PROJECT = Path(__file__).parents[1] / "existing_project" / "supabase"


@pytest.fixture
def empty(cluster_url: str) -> Iterator[str]:
    name = f"brought_{uuid4().hex[:8]}"
    with psycopg.connect(cluster_url, autocommit=True) as conn:
        conn.execute(f"create database {name} template template0".encode())
        yield with_database(cluster_url, name)
        conn.execute(f"drop database {name} with (force)".encode())


def test_the_migrations_of_an_existing_project_run_and_come_back_out_of_a_dump(
    empty: str, binaries: Binaries, tmp_path: Path
) -> None:
    ran = migrate(empty, folder=PROJECT / "migrations")
    assert ran[-2:] == ["migrations/20230102030405_remote_schema", "migrations/20230203040506_signing"]
    with psycopg.connect(empty, autocommit=True) as conn:
        conn.execute((PROJECT / "seed.sql").read_bytes())
        before = conn.execute("select * from public.orders order by id").fetchall()
        assert {row[3] for row in before} == {"Tea", "Coffee", "Cake", "Soup"}
    with restored_copy(empty, binaries, tmp_path) as copy, psycopg.connect(copy) as conn:
        assert conn.execute("select * from public.orders order by id").fetchall() == before
        conn.execute("insert into public.orders (item) values ('Salad')")
        assert conn.execute("select public.signed('a', 'b')").fetchone() == (
            hmac.new(b"b", b"a", "sha256").hexdigest(),
        )


@pytest.mark.slow
def test_a_server_that_has_neither_is_told_and_everything_else_is_made(tmp_path: Path) -> None:
    cluster = EmbeddedPostgres(
        tmp_path / "postgres", free_port(), server_settings={"fsync": "off", "extension_control_path": "$system"}
    )
    cluster.start()
    try:
        migrate(cluster.url)
        assert {step.state for step in status(cluster.url)} == {"applied"}
        (lack,) = server_lacks(cluster.url)
    finally:
        cluster.stop()
    assert lack.code == "extensions"
    assert "no pgcrypto and no uuid-ossp" in lack.message
    assert "postgresql-contrib" in lack.message
    assert 'create extension if not exists "uuid-ossp" with schema extensions;' in str(lack.sql)


def test_a_server_that_has_both_lacks_nothing(database_url: str) -> None:
    assert "extensions" not in {each.code for each in server_lacks(database_url)}
