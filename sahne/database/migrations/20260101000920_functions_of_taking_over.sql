-- The functions of taking over as they were first: today's text is in sahne/database/functions/accounts.

set local check_function_bodies = off;

-- Whoever proves an address first takes over the account that somebody had set up with it: what that one called it goes.

create or replace function private.rename_taken_over(_user uuid, _name text) returns void
language sql security definer set search_path = '', pg_temp as $$
  update public.profiles p
     set display_name = case when private.is_visible(given.name) and not private.has_house_word(array[given.name])
                             then given.name end,
         gender       = null
    from (select left(btrim(_name), 80) as name) given
   where p.user_id = _user
     and p.type = 'real'
$$;
revoke execute on function private.rename_taken_over(uuid, text) from public;
grant execute on function private.rename_taken_over(uuid, text) to supabase_auth_admin;
