-- The moment a row was changed last: the two seeds' trigger functions, one of each document (ruling R3).

-- The scene's.
create or replace function public.update_updated_at_column() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  new.updated_at := now();
  return new;
end $$;

-- The stage's.
create or replace function public.handle_updated_at() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  new.updated_at := now();
  return new;
end $$;

-- Not every change is one of what is kept there.
create or replace function private.keep_updated_at() returns trigger
language plpgsql set search_path = '', pg_temp as $$
begin
  new.updated_at := old.updated_at;
  return new;
end $$;

revoke execute on function private.keep_updated_at() from public;
revoke execute on function
  public.update_updated_at_column(), public.handle_updated_at()
  from public, anon, authenticated;
