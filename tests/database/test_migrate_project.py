"""Migrating a Supabase project: only what is ours is made, what is its stays as it was, and what it lacks is named.

The project is as its people find it: its owner is no superuser and no member of what keeps `auth` and `storage`, and
may put triggers and policies there. PostgreSQL alone gives policies to owners only, so that the owner is a member of
the owner of `storage.objects` here; on hosted Supabase an extension lets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from sahne.database.login_role import RoleNotMade
from sahne.database.migrate import is_of_a_project, migrate, platform_sql, status
from sahne.database.platform_parts import ProjectLacks
from sahne.database.reach import check_doors
from tests.database.test_migrate import ask, new_database

OWNERS = """
create role supabase_admin;
create role {owner} login createrole bypassrls replication password 'owner';
grant anon, authenticated, service_role to {owner} with admin option;
grant supabase_storage_admin to {owner};
alter database {database} owner to {owner};
grant all on schema public to {owner};
grant usage, create on schema extensions to {owner};
grant usage on schema auth, storage, realtime to {owner};
grant all on all tables in schema auth, storage, realtime to {owner};
grant execute on all functions in schema auth, storage, realtime to {owner};
alter publication supabase_realtime owner to {owner};
drop table auth.webauthn_challenges, auth.webauthn_credentials;
create extension if not exists pg_trgm with schema extensions;
"""

# All that there is in the project's schemas, and who may do what with it: names, shapes, owners, grants; its roles
ITS_OWN = """
select 'relation', c.oid::regclass::text, c.relowner::regrole::text, c.relacl::text, c.relrowsecurity::text
  from pg_catalog.pg_class c
 where c.relnamespace in ('auth'::regnamespace, 'storage'::regnamespace, 'realtime'::regnamespace)
union all
select 'column', a.attrelid::regclass::text || '.' || a.attname, a.atttypid::regtype::text, a.attacl::text, a.attnotnull::text
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
 where c.relnamespace in ('auth'::regnamespace, 'storage'::regnamespace, 'realtime'::regnamespace)
union all
select 'function', p.oid::regprocedure::text, p.proowner::regrole::text, p.proacl::text, md5(p.prosrc)
  from pg_catalog.pg_proc p
 where p.pronamespace in ('auth'::regnamespace, 'storage'::regnamespace, 'realtime'::regnamespace)
union all
select 'constraint', o.conrelid::regclass::text || '.' || o.conname, pg_catalog.pg_get_constraintdef(o.oid), '', ''
  from pg_catalog.pg_constraint o
 where o.connamespace in ('auth'::regnamespace, 'storage'::regnamespace, 'realtime'::regnamespace)
union all
select 'schema', n.nspname, n.nspowner::regrole::text, n.nspacl::text, ''
  from pg_catalog.pg_namespace n where n.nspname in ('auth', 'storage', 'realtime', 'extensions')
union all
select 'role', r.rolname, r.rolsuper::text, r.rolconfig::text, r.rolcanlogin::text
  from pg_catalog.pg_roles r
 where r.rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'supabase_admin', 'supabase_auth_admin',
                     'supabase_storage_admin', '{owner}')
union all
select 'setting', s.setrole::regrole::text, s.setconfig::text, '', ''
  from pg_catalog.pg_db_role_setting s where s.setrole = '{owner}'::regrole
union all
select 'default', d.defaclrole::regrole::text, d.defaclobjtype::text, d.defaclacl::text, ''
  from pg_catalog.pg_default_acl d where d.defaclrole = '{owner}'::regrole and d.defaclnamespace = 'public'::regnamespace
union all
select 'extension', e.extname, e.extversion, '', '' from pg_catalog.pg_extension e
union all
select 'event trigger', t.evtname, t.evtowner::regrole::text, t.evtenabled::text, '' from pg_catalog.pg_event_trigger t
 order by 1, 2, 3
"""

DOORS = "sahne_doors_{}"


@dataclass(frozen=True, slots=True)
class HostedProject:
    """A project, its owner's URL and its administrator's, and a role for the doors that is not there yet."""

    owner: str
    url: str
    administrator: str
    doors: str

    def as_doors(self, password: str) -> str:
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=f"{self.doors}:{password}@{parts.hostname}:{parts.port}"))

    def its_own(self) -> list[tuple[object, ...]]:
        return ask(self.administrator, ITS_OWN.format(owner=self.owner))

    def change(self, statement: str) -> None:
        with psycopg.connect(self.administrator, autocommit=True) as conn:
            conn.execute(statement.encode())


@pytest.fixture
def project(cluster_url: str) -> Iterator[HostedProject]:
    mark = uuid4().hex[:8]
    owner, doors = f"project_owner_{mark}", DOORS.format(mark)
    with new_database(cluster_url) as url:
        parts = urlsplit(url)
        made = HostedProject(
            owner, urlunsplit(parts._replace(netloc=f"{owner}:owner@{parts.hostname}:{parts.port}")), url, doors
        )
        made.change(platform_sql(url))
        made.change(OWNERS.format(owner=owner, database=parts.path[1:]))
        try:
            yield made
        finally:
            made.change(f"alter database {parts.path[1:]} owner to current_user")
            for role in (owner, doors):
                made.change(
                    f"do $$ begin if to_regrole('{role}') is not null then"
                    f" reassign owned by {role} to current_user; drop owned by {role}; drop role {role}; end if; end $$"
                )
            made.change("drop role supabase_admin")


def test_only_what_is_ours_is_made_once_and_nothing_of_the_project_is_touched(project: HostedProject) -> None:
    before = project.its_own()
    would = migrate(project.url, authenticator_role=project.doors, dry_run=True, auto_expose_new_tables=False)
    assert project.its_own() == before
    applied = migrate(project.url, authenticator_role=project.doors, auto_expose_new_tables=False)
    assert project.its_own() == before
    assert [step.partition(" ")[0] for step in sorted(applied)] == sorted(would)
    assert f"roles/{project.doors}" in applied
    assert not [step for step in applied if step.startswith("platform/")]
    assert migrate(project.url, authenticator_role=project.doors, auto_expose_new_tables=False) == []
    assert {state.state for state in status(project.url)} == {"applied"}
    assert is_of_a_project(project.url)
    assert not is_of_a_project(project.administrator)


def test_the_doors_log_in_as_a_role_of_ours_and_are_only_who_they_must_be(project: HostedProject) -> None:
    migrate(project.url, authenticator_role=f"{project.doors}.reference", authenticator_password="of the doors")
    url = project.as_doors("of%20the%20doors")
    check_doors(url)
    with psycopg.connect(url) as conn:
        for role in ("anon", "authenticated", "service_role"):
            conn.execute(f"set local role {role}".encode())
            conn.execute("reset role")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute(f"set local role {project.owner}".encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
            conn.execute("select * from public.profiles")
    migrate(project.url, authenticator_role=project.doors, authenticator_password="another")
    check_doors(project.as_doors("another"))


@pytest.mark.parametrize(
    ("gone", "named"),
    [
        ("drop schema realtime cascade", ["platform/schemas", "platform/realtime"]),
        ("drop table auth.mfa_factors cascade", ["platform/auth_mfa"]),
        ("drop publication supabase_realtime", ["platform/publications"]),
    ],
)
def test_what_a_project_lacks_is_named_before_anything_is_made(
    gone: str, named: list[str], project: HostedProject
) -> None:
    project.change(gone)
    with pytest.raises(ProjectLacks) as refused:
        migrate(project.url, authenticator_role=project.doors)
    assert refused.value.details == named
    assert ask(
        project.administrator, "select to_regnamespace('private') is null and to_regnamespace('jobs') is null"
    ) == [(True,)]


def test_who_may_make_no_role_is_told_the_sql_for_who_may(project: HostedProject) -> None:
    project.change(f"alter role {project.owner} nocreaterole")
    with pytest.raises(RoleNotMade) as refused:
        migrate(project.url, authenticator_role=project.doors, authenticator_password="of the doors")
    assert "of the doors" not in refused.value.sql
    project.change(refused.value.sql)
    assert migrate(project.url, authenticator_role=project.doors, authenticator_password="not theirs to change")
    check_doors(project.as_doors("of%20the%20doors"))
