-- When the store is asked how somebody stands: what it told may have been lost. Before what they have ends and after it, and
-- once a day; RevenueCat alone is asked so, and only for whom it has told of.

-- Put down when somebody is looked at next: never, when nothing of theirs goes on and its end is long over.
create or replace function private.plan_look(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _next timestamptz;
begin
  if not exists (select from private.store_events events
                  where events.source = 'revenuecat' and events.effect <> 'none'
                    and events.customers @> array[private.customer_of(_user)]) then
    return;
  end if;
  select min(moments.moment) into _next
    from private.premium_lines lines
   cross join lateral (values (lines.ends_at - interval '1 hour'), (lines.ends_at + interval '2 minutes'),
                              (lines.ends_at + interval '1 day'),
                              (case when lines.ends_at > now() then now() + interval '1 day' end)) moments (moment)
   where lines.user_id = _user and moments.moment > now() and moments.moment < 'infinity';
  if _next is null then
    delete from private.store_looks where user_id = _user;
  else
    insert into private.store_looks as looks (user_id, due_at) values (_user, _next)
    on conflict (user_id) do update set due_at = excluded.due_at;
  end if;
end $$;

-- What RevenueCat calls somebody.
create or replace function private.customer_of(_user uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(profiles.revenue_cat_user_id, profiles.id::text) from public.profiles where profiles.id = _user
$$;

-- Who is due, at most so many: `(user_id, customer)`. Whoever fails to look leaves them due again a while later.
create or replace function private.take_looks(_people_max integer)
returns table (user_id uuid, customer text)
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  return query
    with due as (
      select looks.user_id
        from private.store_looks looks
       where looks.due_at <= now()
       order by looks.due_at
       limit _people_max
         for update skip locked
    )
    update private.store_looks looks
       set due_at = now() + interval '10 minutes'
      from due
     where looks.user_id = due.user_id
    returning looks.user_id, private.customer_of(looks.user_id);
end $$;

revoke execute on function private.plan_look(uuid), private.customer_of(uuid), private.take_looks(integer) from public;
grant execute on function private.plan_look(uuid), private.customer_of(uuid), private.take_looks(integer) to service_role;
