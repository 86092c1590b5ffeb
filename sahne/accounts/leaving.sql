-- Accounts that are given up: as supabase_auth_admin, unless the sentence says otherwise.

-- name: ask_deletion
-- The actor gives their account up.
select private.ask_deletion() as answer;

-- name: own_deletion
-- As service_role: whether the actor has given it up, and when it is due.
select private.own_deletion() as answer;

-- name: call_deletion_off
-- As service_role: the actor keeps it.
select private.call_deletion_off() as answer;

-- name: due_deletions
-- As service_role: the accounts whose time is over.
select due.user_id from private.due_deletions(%(accounts_max)s) as due (user_id);

-- name: hold_deletion
-- What is live with an account is held; whether it is still to be erased.
select private.hold_deletion(%(user_id)s) as is_due;

-- name: unscrubbed_accounts
-- As service_role: who is gone, and is still told of somewhere.
select gone.user_id from private.unscrubbed_accounts(%(accounts_max)s) as gone (user_id);

-- name: scrub_log
-- The log keeps what was done to an account, and no name and no place.
update auth.audit_log_entries
   set payload    = json_build_object('action', payload ->> 'action', 'log_type', payload ->> 'log_type',
                                      'actor_id', payload ->> 'actor_id'),
       ip_address = ''
 where payload ->> 'actor_id' = %(user_id)s::uuid::text
    or payload -> 'traits' ->> 'user_id' = %(user_id)s::uuid::text;

-- name: scrub_flows
-- Sign-ins that were begun and go on nowhere.
delete from auth.flow_state where user_id = %(user_id)s;

-- name: scrub_account
-- As service_role: what stores told, and objects elsewhere.
select private.scrub_account(%(user_id)s);
