-- A user who signs up has a profile in the same transaction; nothing they may type into their metadata can make the
-- sign-up fail (ruling S10), a name that the house does not take among it; what else fails says that it was this trigger.

create or replace function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _gender text := new.raw_user_meta_data ->> 'gender';
  _name   text := left(btrim(new.raw_user_meta_data ->> 'display_name'), 80);
begin
  insert into public.profiles (id, user_id, email, gender, display_name)
  values (
    new.id,
    new.id,
    nullif(new.email, ''),
    case when _gender in ('male', 'female') then _gender end,
    case when private.is_visible(_name) and not private.has_house_word(array[_name]) then _name end
  );
  return new;
exception
  when others then
    raise exception 'on_auth_user_created: %', sqlerrm
      using errcode = sqlstate, hint = 'The trigger public.handle_new_user() could not make the profile.';
end $$;

-- The profile's e-mail is the account's, always.
create or replace function private.follow_user_email() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.profiles set email = nullif(new.email, '') where user_id = new.id and type = 'real';
  return null;
end $$;

revoke execute on function private.follow_user_email() from public;
revoke execute on function public.handle_new_user() from public, anon, authenticated;
