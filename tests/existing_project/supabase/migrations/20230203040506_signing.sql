-- SQL by hand, some of it with schemas and some without.
create or replace function public.signed(body text, secret text) returns text language sql immutable as $$
  select encode(hmac(body, secret, 'sha256'), 'hex')
$$;

create or replace function public.place_order(item text) returns uuid language plpgsql security definer
set search_path = public, extensions as $$
declare
  placed uuid := uuid_generate_v4();
begin
  insert into orders (id, item) values (placed, item);
  return placed;
end
$$;
