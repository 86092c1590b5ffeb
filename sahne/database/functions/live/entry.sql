-- The door of a session: held while somebody comes, goes or pays, and shut to who may not come in.
--
-- Whatever a transaction locks on the stage, it locks in this order, so that no two wait for each other in a circle:
--   1. doors (`private.session_counters`), by session
--   2. `public.live_sessions`, by id
--   3. `public.calls`, by id
--   4. accounts (`auth.users`), by id: `for key share` by whoever changes what hangs on one (a foreign key asks the same
--      later), as a whole by who erases it
--   5. what hangs on an account: seats, wallets, tickets, requests, subscriptions
-- What two meet in all the same (a service deletes a session, whose door goes last), PostgreSQL undoes for one of them, who
-- asks again: `database/collisions.py`.

-- Hold the door of a session until the end of the transaction: nobody comes, goes, or ends it meanwhile.
create or replace function private.hold_door(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from private.session_counters where session_id = _session for no key update;
  if not found then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  end if;
end $$;

-- Hold the doors of many, in their order.
create or replace function private.hold_doors(_sessions uuid[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from private.session_counters where session_id = any (_sessions) order by session_id for no key update;
end $$;

-- A ban is told first: it holds whether the session is live or not.
create or replace function private.refuse_unless_live(_row public.live_sessions, _user uuid) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  elsif _row.creator_id <> _user and private.is_banned(_row.id, _user) then
    perform private.refuse_entry('banned', _row);
  elsif _row.status <> 'live' then
    perform private.refuse(409, 'session_not_live', 'The session is not live.',
      case when _row.status = 'scheduled' then 'Wait until its status is live: subscribe to live_sessions.'
           else 'It is over.' end,
      jsonb_build_object('status', _row.status));
  end if;
end $$;

-- Why the user may not come in, or null: `banned`, `anonymous_not_allowed`, `ticket_required`,
-- `subscription_required`.
create or replace function private.entry_refusal(_row public.live_sessions, _user uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when _row.creator_id = _user then null
    when private.is_banned(_row.id, _user) then 'banned'
    when _row.access_type = 'public' then null
    when private.is_anonymous(_user) then 'anonymous_not_allowed'
    when _row.access_type = 'pay_per_view' then
      case when exists (select from private.tickets
                         where tickets.session_id = _row.id and tickets.user_id = _user
                           and tickets.status <> 'refunded')
           then null else 'ticket_required' end
    when private.subscriber_level(_user, _row.creator_id) >= coalesce(
           (select tiers.coin_price from public.subscription_tiers tiers where tiers.id = _row.min_tier_id), 0)
      then null
    else 'subscription_required'
  end
$$;

create or replace function private.refuse_entry(_reason text, _row public.live_sessions) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  case _reason
    when 'banned' then
      perform private.refuse(403, 'banned', 'You are banned from this session.');
    when 'anonymous_not_allowed' then
      perform private.refuse(403, 'anonymous_not_allowed', 'An anonymous sign-in can only watch public sessions.',
        'Add an e-mail or a phone to the account first.');
    when 'ticket_required' then
      perform private.refuse(402, 'ticket_required', 'A ticket is needed for this session.',
        'Buy one with POST live/sessions/{id}/ticket.', jsonb_build_object('ppv_coin_price', _row.ppv_coin_price));
    when 'subscription_required' then
      perform private.refuse(403, 'subscription_required', 'This session is for the creator''s subscribers.',
        case when _row.min_tier_id is null then 'Subscribe to the creator first.'
             else 'Subscribe to the creator by this tier, or by one that costs no less.' end,
        jsonb_build_object('creator_id', _row.creator_id, 'min_tier', (
          select jsonb_build_object('id', tiers.id, 'name', tiers.name, 'coin_price', tiers.coin_price)
            from public.subscription_tiers tiers where tiers.id = _row.min_tier_id)));
    else
      null;
  end case;
end $$;

-- Before an account is suspended or erased: what is live with it is held in the order above, so that the cascade, and the
-- end of its presence, meet nobody half-way.
create or replace function private.hold_presence_of(_user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.hold_doors(array(
    select sessions.id from public.live_sessions sessions where sessions.creator_id = _user
    union
    select seats.session_id
      from public.live_participants seats
      join public.live_sessions sessions on sessions.id = seats.session_id
     where seats.user_id = _user and (seats.is_active or sessions.status = 'live')));
  perform from public.live_sessions where creator_id = _user order by id for update;
  perform from public.calls
    where (caller_id = _user or callee_id = _user) and status in ('initiated', 'ringing', 'accepted')
    order by id
      for update;
end $$;

revoke execute on function
  private.hold_door(uuid), private.hold_doors(uuid[]), private.refuse_unless_live(public.live_sessions, uuid),
  private.entry_refusal(public.live_sessions, uuid), private.refuse_entry(text, public.live_sessions),
  private.hold_presence_of(uuid)
  from public;
grant execute on function
  private.hold_door(uuid), private.hold_doors(uuid[]), private.refuse_unless_live(public.live_sessions, uuid),
  private.entry_refusal(public.live_sessions, uuid), private.refuse_entry(text, public.live_sessions)
  to service_role;
grant execute on function private.hold_presence_of(uuid) to service_role, supabase_auth_admin;
