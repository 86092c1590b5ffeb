-- The functions of people as admins see them as they were first: today's text is in sahne/database/functions/accounts.

set local check_function_bodies = off;

-- The people of the app as its admins see them, and what they do about them. Whose a shadow is, is told to nobody (ruling L17).

-- `{"users": [row, …], "next"}`, the newest first, after a place: those whose address, username or name begins with `_words`, or
-- whose id it is.
create or replace function private.read_users(_words text, _standing text, _after text, _limit integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _from  text[] := string_to_array(_after, '_');
  _begin text := lower(_words);
  _ids   uuid[];
begin
  perform private.refuse_unless_admin();
  select array_agg(page.id order by page.created_at desc, page.id desc) into _ids
    from (select users.id, users.created_at
            from auth.users
            left join public.profiles on profiles.id = users.id
           where (_after is null or (users.created_at, users.id) < (to_timestamp(_from[1]::float8), _from[2]::uuid))
             and (_begin is null
                  or starts_with(lower(users.email), _begin)
                  or starts_with(profiles.username, _begin)
                  or starts_with(lower(profiles.display_name), _begin)
                  or users.id::text = _begin)
             and (_standing is null or private.standing(users.id) = _standing)
           order by users.created_at desc, users.id desc
           limit _limit) page;
  return jsonb_build_object(
    'users', coalesce((select jsonb_agg(private.user_row(ids.id) order by ids.ordinality)
                         from unnest(_ids) with ordinality ids (id)), '[]'),
    'next', case when cardinality(_ids) = _limit then
              (select extract(epoch from users.created_at) || '_' || users.id from auth.users where users.id = _ids[_limit]) end);
end $$;

-- `{"user": row and what is about them}`; admins alone.
create or replace function private.read_user(_user uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_user(_user);
  return jsonb_build_object('user', private.user_row(_user) || jsonb_build_object(
    'balance',       private.coin_balance(_user),
    'live_sessions', (select count(*) from public.live_sessions where creator_id = _user),
    'pictures',      (select count(*) from public.generated_images where user_id = _user),
    'shadows',       (select count(*) from public.profiles where user_id = _user and type = 'shadow'),
    'reported',      (select count(*) from private.reports where profile_id = _user),
    'deletion_due',  (select due_at from private.account_deletions where user_id = _user),
    'sessions',      private.auth_sessions_of(_user),
    'suspensions',   (
      select coalesce(jsonb_agg(jsonb_build_object(
               'reason', said.reason, 'created_at', said.created_at, 'ends_at', said.ends_at, 'lifted_at', said.lifted_at)
               order by said.id desc), '[]')
        from private.suspensions said
       where said.user_id = _user)));
end $$;

-- `{"sessions": […]}`: where the actor is signed in.
create or replace function private.own_auth_sessions() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('sessions', private.auth_sessions_of(private.actor()))
$$;

-- Where somebody is signed in, the last used first; `is_current` is the session that asks.
create or replace function private.auth_sessions_of(_user uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(jsonb_agg(jsonb_build_object(
           'id',         sessions.id,
           'created_at', sessions.created_at,
           'used_at',    coalesce(sessions.refreshed_at at time zone 'utc', sessions.created_at),
           'user_agent', sessions.user_agent,
           'ip',         host(sessions.ip),
           'aal',        coalesce(sessions.aal::text, 'aal1'),
           'is_current', sessions.id::text is not distinct from auth.jwt() ->> 'session_id')
           order by coalesce(sessions.refreshed_at at time zone 'utc', sessions.created_at) desc, sessions.id), '[]')
    from auth.sessions
   where sessions.user_id = _user
$$;

-- Only what is the actor's own can be ended by them.
create or replace function private.refuse_unless_auth_session(_session uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from auth.sessions where id = _session and user_id = private.actor()) then
    perform private.refuse(404, 'not_found', 'There is no such session of yours.');
  end if;
end $$;

-- An admin suspends somebody, who is told when their account says so; for how many seconds, and a hundred years where no end is said. Who is live is held first, as by
-- everybody who suspends.
create or replace function private.note_suspension(_user uuid, _ends_at timestamptz, _reason text) returns double precision
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _end constant timestamptz := coalesce(_ends_at, now() + interval '100 years');
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_user(_user);
  if exists (select from public.profiles where id = _user and role = 'admin') then
    perform private.refuse(409, 'is_admin', 'Admins are not suspended.', 'Take the role away first.');
  elsif _end <= now() then
    perform private.refuse(422, 'unprocessable', 'A suspension ends in the future.');
  end if;
  perform private.hold_presence_of(_user);
  update private.suspensions set lifted_at = now(), lifted_by = private.actor()
   where user_id = _user and lifted_at is null and (ends_at is null or ends_at > now());
  insert into private.suspensions (user_id, actor_id, reason, ends_at) values (_user, private.actor(), _reason, _ends_at);
  return extract(epoch from _end - now());
end $$;

-- An admin ends it.
create or replace function private.lift_suspension(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_user(_user);
  if private.standing(_user) <> 'suspended' then
    perform private.refuse(409, 'not_suspended', 'This person is not suspended.');
  end if;
  perform private.hold_presence_of(_user);
  update private.suspensions set lifted_at = now(), lifted_by = private.actor()
   where user_id = _user and lifted_at is null and (ends_at is null or ends_at > now());
end $$;

-- An admin signs somebody out.
create or replace function private.accept_sign_out(_user uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_user(_user);
end $$;

-- An admin gives premium away, until a moment or without an end, or ends what was given: `{"user": row}`.
create or replace function private.grant_premium(_user uuid, _is_premium boolean, _until timestamptz) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_user(_user);
  if _until <= now() then
    perform private.refuse(422, 'unprocessable', 'Premium ends in the future.');
  end if;
  perform private.set_premium(_user, _is_premium, _until);
  return private.read_user(_user);
end $$;

create or replace function private.refuse_unless_user(_user uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from auth.users where id = _user) then
    perform private.refuse(404, 'not_found', 'There is no such person.');
  end if;
end $$;

create or replace function private.user_row(_user uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',              users.id,
           'email',           users.email,
           'phone',           users.phone,
           'created_at',      users.created_at,
           'last_sign_in_at', users.last_sign_in_at,
           'last_seen_at',    profiles.last_seen_at,
           'username',        profiles.username,
           'display_name',    profiles.display_name,
           'avatar_url',      profiles.avatar_url,
           'role',            profiles.role,
           'is_creator',      coalesce(profiles.is_creator, false),
           'is_premium',      private.is_premium(users.id),
           'premium_until',   case when private.is_premium(users.id) then profiles.subscription_expires_at end,
           'standing',        private.standing(users.id),
           'suspended_until', case when users.banned_until > now() then users.banned_until end)
    from auth.users
    left join public.profiles on profiles.id = users.id
   where users.id = _user
$$;

revoke execute on function
  private.read_users(text, text, text, integer), private.read_user(uuid), private.own_auth_sessions(), private.auth_sessions_of(uuid),
  private.refuse_unless_auth_session(uuid), private.note_suspension(uuid, timestamptz, text), private.lift_suspension(uuid),
  private.accept_sign_out(uuid), private.grant_premium(uuid, boolean, timestamptz), private.refuse_unless_user(uuid),
  private.user_row(uuid)
  from public;
grant execute on function
  private.read_users(text, text, text, integer), private.read_user(uuid), private.own_auth_sessions(), private.auth_sessions_of(uuid),
  private.grant_premium(uuid, boolean, timestamptz), private.refuse_unless_user(uuid), private.user_row(uuid)
  to service_role;
grant execute on function
  private.refuse_unless_auth_session(uuid), private.note_suspension(uuid, timestamptz, text), private.lift_suspension(uuid),
  private.accept_sign_out(uuid)
  to supabase_auth_admin;
