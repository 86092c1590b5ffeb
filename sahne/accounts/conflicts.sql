-- Named queries of accounts that met.

-- name: note_account_conflict
-- As supabase_auth_admin: somebody wants what another has.
select private.note_account_conflict(%(kind)s, %(provider)s, %(wanted_by)s::uuid, %(held_by)s::uuid);

-- name: read_account_conflicts
-- A page of them, with both accounts.
select private.read_account_conflicts(%(is_open)s, %(after)s, %(limit)s) as answer;

-- name: settle_account_conflict
-- One is decided.
select private.settle_account_conflict(%(conflict_id)s, %(note)s) as answer;
