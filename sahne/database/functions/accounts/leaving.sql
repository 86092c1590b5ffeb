-- Somebody gives their account up: what ends at once, how it is called off, and what is left when it is erased.
-- The account itself is deleted by `sahne/accounts/erasure.py`; what hangs on it goes by cascade, the ledger stays and
-- names nobody.

-- Whether an account is about to be erased: it reads its own meanwhile, and does nothing.
create or replace function private.is_leaving(_user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from private.account_deletions where user_id = _user)
$$;

-- The actor gives their account up: `{"deletion": {"asked_at", "due_at"}}`. At once what is live with them ends, what they
-- planned is called off with its tickets, what they subscribed to is renewed no more, and their links open nothing.
-- Who asks again hears of the first time.
create or replace function private.ask_deletion() returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := auth.uid();
begin
  if private.is_leaving(_actor) then
    return private.own_deletion();
  end if;
  _actor := private.actor();
  perform private.refuse_unless_fresh(_actor);
  perform private.refuse_last_admin(_actor);
  perform private.hold_presence_of(_actor);
  insert into private.account_deletions (user_id, due_at)
  select _actor, now() + make_interval(days => settings.account_grace_days) from private.settings
  on conflict (user_id) do nothing;
  perform private.end_presence_of(_actor, true, 'left', 'account_erased');
  perform private.end_subscription(held.subscription, 'cancelled')
     from (select subscriptions as subscription
             from public.creator_subscriptions subscriptions
            where subscriptions.subscriber_id = _actor and subscriptions.status <> 'cancelled'
            order by subscriptions.id
              for no key update) held;
  update private.image_shares set revoked_at = now() where user_id = _actor and revoked_at is null;
  return private.own_deletion();
end $$;

-- `{"deletion": {"asked_at", "due_at"}}` of the caller, or null in its place.
create or replace function private.own_deletion() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('deletion', (
    select jsonb_build_object('asked_at', deletions.asked_at, 'due_at', deletions.due_at)
      from private.account_deletions deletions
     where deletions.user_id = auth.uid()))
$$;

-- Whoever signs in keeps their account, and is told so where it was about to be erased.
create or replace function private.keep_account(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  delete from private.account_deletions where user_id = _user;
  if found then
    perform private.tell(_user, 'account_kept');
  end if;
end $$;

-- The caller keeps their account: what has ended stays so, and nothing else is lost. Calling it off twice is once.
create or replace function private.call_deletion_off() returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.keep_account(auth.uid());
  perform private.actor();
  return private.own_deletion();
end $$;

-- What cannot be undone wants a sign-in of just now, by both factors where there are two: a token that was left somewhere is
-- not enough. Who is anonymous has nothing to sign in with.
create or replace function private.refuse_unless_fresh(_user uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  fresh_minutes constant integer := 15;
  _session auth.sessions;
begin
  select * into _session from auth.sessions
   where user_id = _user and id::text = auth.jwt() ->> 'session_id' and created_at > now() - make_interval(mins => fresh_minutes);
  if private.is_anonymous(_user) then
    return;
  end if;
  if _session.id is null then
    perform private.refuse(403, 'reauthentication_needed', 'This wants a sign-in of just now.',
      'Sign in again, and ask with the new token.', jsonb_build_object('fresh_minutes', fresh_minutes));
  end if;
  if _session.aal is distinct from 'aal2'
     and exists (select from auth.mfa_factors where user_id = _user and status = 'verified') then
    perform private.refuse(403, 'insufficient_aal', 'This wants the second factor too.',
      'Verify it in this session, and ask again.');
  end if;
end $$;

-- Who runs the app does not leave it to nobody.
create or replace function private.refuse_last_admin(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if exists (select from public.profiles where id = _user and role = 'admin')
     and not exists (select from public.profiles
                      where role = 'admin' and id <> _user and private.standing(id) = 'named') then
    perform private.refuse(409, 'last_admin', 'Nobody else runs the app.', 'Make somebody else an admin first.');
  end if;
end $$;

-- The accounts whose time is over, the longest waiting first; each is erased in a transaction of its own.
create or replace function private.due_deletions(_accounts_max integer) returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select user_id from private.account_deletions where due_at <= now() order by due_at, user_id limit _accounts_max
$$;

-- Holds what is live with an account and the account's own wish; whether it is still to be erased.
create or replace function private.hold_deletion(_user uuid) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_presence_of(_user);
  perform from private.account_deletions where user_id = _user and due_at <= now() for update;
  return found;
end $$;

-- An account is gone, by whichever road: that it was there is kept, and what others call it until that is scrubbed.
create or replace function private.note_erased() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.erased_accounts (user_id, customers, faces)
  values (old.id, array(select customer_id from private.store_customers where user_id = old.id),
          array(select id from public.profiles where user_id = old.id))
  on conflict (user_id) do nothing;
  return old;
end $$;

-- Who is gone and not scrubbed yet, the longest waiting first.
create or replace function private.unscrubbed_accounts(_accounts_max integer) returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select user_id from private.erased_accounts where scrubbed_at is null order by erased_at, user_id limit _accounts_max
$$;

-- What is told of somebody who is gone where no row of theirs was, is scrubbed. What an app store told is kept without its
-- words, for the books; what LiveKit told that is dealt with, without its body, which has names. Objects outside their folders go with their bytes; what an admin put up for everybody stays, and is
-- nobody's.
create or replace function private.scrub_account(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _gone private.erased_accounts;
begin
  select * into _gone from private.erased_accounts where user_id = _user and scrubbed_at is null for update skip locked;
  if not found then
    return;
  end if;
  update private.store_events set body = '{}' where customers && (_gone.customers || _user::text);
  update private.livekit_events set body = '{}'
   where processed_at is not null
     and exists (select from unnest(_gone.faces) face (id) where strpos(body::text, face.id::text) > 0);
  insert into private.object_removals (bucket_id, name)
  select objects.bucket_id, objects.name
    from storage.objects
   where objects.owner_id = _user::text
     and not (objects.bucket_id = 'thumbnails' and objects.name ~ '^(scenes|gifts)/')
  on conflict (bucket_id, name) do nothing;
  update storage.objects set owner = null, owner_id = null
   where owner_id = _user::text and bucket_id = 'thumbnails' and name ~ '^(scenes|gifts)/';
  update private.erased_accounts set scrubbed_at = now(), customers = '{}', faces = '{}' where user_id = _user;
end $$;

-- Whoever reported something and is gone leaves the report, and not their words.
create or replace function private.forget_reporter() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  new.note := null;
  return new;
end $$;

-- So does whoever banned or put somebody out: the log keeps what was done to whom.
create or replace function private.forget_keepers_words() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  new.reason := null;
  return new;
end $$;

revoke execute on function
  private.is_leaving(uuid), private.ask_deletion(), private.own_deletion(), private.keep_account(uuid),
  private.call_deletion_off(), private.refuse_unless_fresh(uuid),
  private.refuse_last_admin(uuid), private.due_deletions(integer), private.hold_deletion(uuid), private.note_erased(),
  private.unscrubbed_accounts(integer), private.scrub_account(uuid), private.forget_reporter(),
  private.forget_keepers_words()
  from public;
grant execute on function
  private.is_leaving(uuid), private.own_deletion(), private.call_deletion_off(), private.due_deletions(integer),
  private.unscrubbed_accounts(integer), private.scrub_account(uuid)
  to service_role;
grant execute on function private.ask_deletion(), private.keep_account(uuid), private.hold_deletion(uuid) to supabase_auth_admin;
