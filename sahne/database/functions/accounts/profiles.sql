-- A person's profiles: what the server fills in, the face that all may see, and which of them the caller may use
-- (rulings R1, R2).

-- `role` says creator exactly when `is_creator` does; an e-mail is the account's; a real profile may name only itself.
create or replace function private.complete_profile() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.type = 'real' then
    new.user_id := coalesce(new.user_id, new.id);
    new.email := (select nullif(users.email, '') from auth.users where users.id = new.user_id);
  end if;
  if new.role in ('user', 'creator') then
    new.role := case when new.is_creator then 'creator' else 'user' end;
  end if;
  return new;
end $$;

create or replace function private.show_public_profile() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into public.public_profiles as face (id, username, display_name, avatar_url, is_creator)
  values (new.id, new.username, new.display_name, new.avatar_url, new.is_creator)
  on conflict (id) do update
    set username     = excluded.username,
        display_name = excluded.display_name,
        avatar_url   = excluded.avatar_url,
        is_creator   = excluded.is_creator
  where (face.username, face.display_name, face.avatar_url, face.is_creator)
    is distinct from (excluded.username, excluded.display_name, excluded.avatar_url, excluded.is_creator);
  return null;
end $$;

create or replace function private.own_profile_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select profiles.id from public.profiles where profiles.user_id = (select auth.uid())
$$;

-- Whether the caller's real profile may open a session.
create or replace function private.creator_profile_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select profiles.id
    from public.profiles
   where profiles.user_id = (select auth.uid())
     and profiles.type = 'real'
     and profiles.is_creator
     and (select private.is_named_user())
$$;

-- Only creators open and start sessions: whether the caller is one.
create or replace function private.is_creator() returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select private.creator_profile_ids())
$$;

create or replace function private.refuse_unless_creator(_what text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not private.is_creator() then
    perform private.refuse(403, 'creator_required', 'Only creators can ' || _what || '.', 'Ask to be made a creator.');
  end if;
end $$;

revoke execute on function
  private.complete_profile(), private.show_public_profile(), private.own_profile_ids(), private.creator_profile_ids(),
  private.is_creator(), private.refuse_unless_creator(text)
  from public;
grant execute on function private.own_profile_ids(), private.creator_profile_ids() to anon, authenticated, service_role;
grant execute on function private.is_creator(), private.refuse_unless_creator(text) to service_role;
