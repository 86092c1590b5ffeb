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
