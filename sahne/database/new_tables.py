"""Whether what is made in `public` from now on is open to the Data API's roles, or only once it is granted to them.

Only granted, as new projects at Supabase have it, unless `SAHNE_AUTO_EXPOSE_NEW_TABLES` says otherwise. What is there
already keeps its grants, and the product's own migrations grant what they mean either way.
"""

from __future__ import annotations

from sahne.database.history import AdminConnection

_KINDS = ("tables", "sequences", "functions")
_OPEN = "alter default privileges in schema public grant all on {} to anon, authenticated, service_role"
_CLOSE = "alter default privileges in schema public revoke all on {} from anon, authenticated, service_role"
_IS_OPEN = """
select exists (
  select from pg_default_acl d
  cross join aclexplode(d.defaclacl) a
  where d.defaclnamespace = 'public'::regnamespace
    and d.defaclrole = (select oid from pg_roles where rolname = current_user)
    and a.grantee = (select oid from pg_roles where rolname = 'anon')
)
"""


def settle_new_tables(conn: AdminConnection, *, exposed: bool) -> None:
    """Let what this role makes in `public` be open to the Data API, or closed."""
    if _is_open(conn) == exposed:
        return
    with conn.transaction():
        for kind in _KINDS:
            conn.execute((_OPEN if exposed else _CLOSE).format(kind).encode())


def _is_open(conn: AdminConnection) -> bool:
    row = conn.execute(_IS_OPEN.encode()).fetchone()
    return bool(row and row[0])
