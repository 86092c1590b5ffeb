-- The functions of names and shadows as they were first: today's text is in sahne/database/functions/accounts.

set local check_function_bodies = off;

-- Usernames: which nobody may take, which are not free yet, and how often one may change one's own. Of a client's own statement
-- a trigger asks, of an operation its verb; the people who run the app name whom they will.

-- As names are compared with those of the house: without dots and lines, and what looks alike is one.
create or replace function private.folded_username(_name text) returns text
language sql immutable strict set search_path = '', pg_temp as $$
  select replace(replace(translate(lower(_name), '0135478i._', 'olesatbl'), 'rn', 'm'), 'vv', 'w')
$$;

-- Names of people who are gone are known by this alone.
create or replace function private.username_hash(_name text) returns bytea
language sql immutable strict set search_path = '', pg_temp as $$
  select sha256(convert_to(lower(_name), 'utf8'))
$$;

-- Why somebody may not take a name, after the one they have: `reserved`, `held` or `too_often`; null where they may.
create or replace function private.username_fault(_user uuid, _name text, _before text) returns text
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _settings private.settings := private.settings();
begin
  if _name is not distinct from _before or _name is null and _before is null then
    return null;
  elsif exists (select from private.reserved_usernames reserved
                 where private.folded_username(reserved.name) = private.folded_username(_name)) then
    return 'reserved';
  elsif exists (select from private.former_usernames former
                 where former.name_hash = private.username_hash(_name)
                   and former.user_id is distinct from _user
                   and former.left_at > now() - make_interval(days => _settings.username_days_held)) then
    return 'held';
  elsif _before is not null
        and (select count(*) from private.username_changes changes
              where changes.user_id = _user and changes.changed_at > now() - interval '30 days')
            >= _settings.username_changes_max then
    return 'too_often';
  end if;
  return null;
end $$;

create or replace function private.refuse_username(_user uuid, _name text, _before text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  case private.username_fault(_user, _name, _before)
    when 'reserved' then
      perform private.refuse(422, 'username_reserved', 'This username is not given to anybody.', 'Choose another one.');
    when 'held' then
      perform private.refuse(409, 'username_held', 'This username was somebody else''s until lately.', 'Choose another one.');
    when 'too_often' then
      perform private.refuse(429, 'username_changed', 'You have changed usernames as often as one may in a month.',
        'Change it another time.');
    else
      null;
  end case;
end $$;

-- The same of a client's own statement.
create or replace function private.check_client_username() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  case private.username_fault(auth.uid(), new.username, case when tg_op = 'UPDATE' then old.username end)
    when 'reserved' then
      perform private.forbid('This username is not given to anybody', 'Choose another one.');
    when 'held' then
      perform private.forbid('This username was somebody else''s until lately', 'Choose another one.');
    when 'too_often' then
      perform private.forbid('A username is changed so often in a month and no more', 'Change it another time.');
    else
      null;
  end case;
  return new;
end $$;

-- A name that somebody leaves, or is gone with, is not free at once. It is kept without saying whose it was when they are gone.
create or replace function private.keep_former_username() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _user uuid := (select users.id from auth.users where users.id = old.user_id);
begin
  insert into private.former_usernames (name_hash, user_id) values (private.username_hash(old.username), _user)
  on conflict (name_hash) do update set user_id = excluded.user_id, left_at = now();
  if tg_op = 'UPDATE' and _user is not null then
    insert into private.username_changes (user_id) values (_user);
  end if;
  return null;
end $$;

-- Names that are free again, and changes of long ago.
create or replace function private.forget_usernames() returns void
language sql security definer set search_path = '', pg_temp as $$
  with free as (
    delete from private.former_usernames
     where left_at < now() - make_interval(days => (private.settings()).username_days_held)
  )
  delete from private.username_changes where changed_at < now() - interval '30 days'
$$;

revoke execute on function
  private.folded_username(text), private.username_hash(text), private.username_fault(uuid, text, text),
  private.refuse_username(uuid, text, text), private.check_client_username(), private.keep_former_username(),
  private.forget_usernames()
  from public;
grant execute on function
  private.folded_username(text), private.username_hash(text), private.username_fault(uuid, text, text),
  private.refuse_username(uuid, text, text), private.forget_usernames()
  to service_role;

-- The faces that somebody has: the real one, and shadows that nobody can tell are theirs (rulings R1, L17).

-- `{"profiles": [row, …]}`: the actor's, the real one first.
create or replace function private.own_profiles() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('profiles', coalesce(
           jsonb_agg(private.profile_row(profiles) order by profiles.type, profiles.created_at, profiles.id), '[]'))
    from public.profiles
   where profiles.user_id = private.actor()
$$;

-- `{"profile": row}`: a new shadow of the actor's.
create or replace function private.add_shadow(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _max   integer := (private.settings()).shadows_max;
  _row   public.profiles;
begin
  perform from auth.users where id = _actor for no key update;
  perform private.refuse_names(_actor, _fields, null);
  if (select count(*) from public.profiles where user_id = _actor and type = 'shadow') >= _max then
    perform private.refuse(409, 'too_many_profiles', 'You have as many profiles as one may.', 'Delete one first.',
      jsonb_build_object('shadows_max', _max));
  end if;
  insert into public.profiles (id, user_id, type, username, display_name, avatar_url, gender)
  values (gen_random_uuid(), _actor, 'shadow', _fields ->> 'username', _fields ->> 'display_name',
          _fields ->> 'avatar_url', _fields ->> 'gender')
  returning * into _row;
  return jsonb_build_object('profile', private.profile_row(_row));
end $$;

-- `{"profile": row}` with what was given changed; what is left out stays.
create or replace function private.edit_own_profile(_profile uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.profiles;
begin
  perform from auth.users where id = _actor for no key update;
  select * into _row from public.profiles where id = _profile and user_id = _actor for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such profile of yours.');
  end if;
  perform private.refuse_names(_actor, _fields, _row);
  update public.profiles
     set username     = case when _fields ? 'username' then _fields ->> 'username' else username end,
         display_name = case when _fields ? 'display_name' then _fields ->> 'display_name' else display_name end,
         avatar_url   = case when _fields ? 'avatar_url' then _fields ->> 'avatar_url' else avatar_url end,
         gender       = case when _fields ? 'gender' then _fields ->> 'gender' else gender end
   where id = _profile
  returning * into _row;
  return jsonb_build_object('profile', private.profile_row(_row));
end $$;

-- `{"profile": row}` as it was: a shadow goes, with what it wrote and where it was. One that is in a live session stays until it
-- has left, for whoever looks would see two people go at once.
create or replace function private.delete_shadow(_profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.profiles;
begin
  select * into _row from public.profiles where id = _profile and user_id = _actor for update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such profile of yours.');
  elsif _row.type = 'real' then
    perform private.refuse(409, 'real_profile', 'Your own profile goes with the account alone.', 'Send DELETE account.');
  elsif exists (select from public.live_participants seats
                  join public.live_sessions sessions on sessions.id = seats.session_id
                 where seats.profile_id = _profile and seats.is_active and sessions.status = 'live') then
    perform private.refuse(409, 'profile_in_use', 'This profile is in a session that is live.', 'Leave the session first.');
  end if;
  delete from public.profiles where id = _profile;
  return jsonb_build_object('profile', private.profile_row(_row));
end $$;

create or replace function private.refuse_names(_actor uuid, _fields jsonb, _row public.profiles) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if _fields ? 'username' then
    perform private.refuse_username(_actor, _fields ->> 'username', _row.username);
  end if;
  perform private.refuse_house_words(array_remove(array[
    nullif(_fields ->> 'username', _row.username), nullif(_fields ->> 'display_name', _row.display_name)], null));
end $$;

create or replace function private.profile_row(_row public.profiles) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',           _row.id,
           'type',         _row.type,
           'username',     _row.username,
           'display_name', _row.display_name,
           'avatar_url',   _row.avatar_url,
           'gender',       _row.gender,
           'created_at',   _row.created_at)
$$;

revoke execute on function
  private.own_profiles(), private.add_shadow(jsonb), private.edit_own_profile(uuid, jsonb), private.delete_shadow(uuid),
  private.refuse_names(uuid, jsonb, public.profiles), private.profile_row(public.profiles)
  from public;
grant execute on function
  private.own_profiles(), private.add_shadow(jsonb), private.edit_own_profile(uuid, jsonb), private.delete_shadow(uuid),
  private.refuse_names(uuid, jsonb, public.profiles), private.profile_row(public.profiles)
  to service_role;
