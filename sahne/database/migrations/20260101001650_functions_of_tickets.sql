-- The functions of tickets as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Tickets of pay-per-view sessions (ruling R3): the money waits in escrow until the session has ended, so a refund
-- never makes a creator negative.

-- Pay once: `{"ticket": {"id", "session_id", "price", "status", "created_at"}, "wallet": {"balance"}}`.
-- Whoever holds a ticket gets it again and pays nothing. `_expected_price` is what the buyer was shown; null where nothing was.
create or replace function private.buy_ticket(_session uuid, _key text, _expected_price integer default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid  := private.named_actor();
  _request jsonb := jsonb_strip_nulls(jsonb_build_object('session_id', _session, 'expected_price', _expected_price));
  _answer  jsonb := private.claim_key(_actor, 'ticket', _key, _request);
  _row     public.live_sessions;
  _ticket  private.tickets;
begin
  if _answer is not null then return _answer; end if;
  perform private.hold_door(_session);
  -- "share": a creator's own statement takes no door, and price and access must stay while this ticket is paid
  select * into _row from public.live_sessions where id = _session for share;
  if private.is_banned(_session, _actor) then
    perform private.refuse_entry('banned', _row);
  elsif _row.access_type <> 'pay_per_view' or _row.creator_id = _actor then
    perform private.refuse(409, 'ticket_not_needed', 'No ticket is needed for this session.', 'Join it.');
  end if;
  select * into _ticket from private.tickets
   where session_id = _session and user_id = _actor and status <> 'refunded';
  if _ticket.id is null then
    if _row.status not in ('scheduled', 'live') then
      perform private.refuse(409, 'session_over', 'The session is over.', null,
        jsonb_build_object('status', _row.status));
    end if;
    perform private.refuse_unless_open(_row.creator_id);
    perform private.refuse_sold_out(_row);
    perform private.refuse_other_price(_row.ppv_coin_price, _expected_price);
    perform private.hold_accounts(_actor);
    _ticket.id := gen_random_uuid();
    _ticket.wallet_id := private.wallet_of(_actor);
    _ticket.payment_id := private.move_coins('ticket', 'ticket:' || _key, 'ticket', _ticket.id, _ticket.wallet_id,
      array[private.wallet_of_kind('escrow')], array[_row.ppv_coin_price]);
    insert into private.tickets (id, session_id, user_id, wallet_id, price, payment_id)
    values (_ticket.id, _session, _actor, _ticket.wallet_id, _row.ppv_coin_price, _ticket.payment_id)
    -- one that was given back is bought anew
    on conflict (session_id, user_id) do update
       set id = excluded.id, price = excluded.price, status = excluded.status, payment_id = excluded.payment_id,
           created_at = excluded.created_at, settled_at = null
    returning * into _ticket;
    update public.live_participants set paid_amount = _ticket.price, payment_id = _ticket.payment_id
     where session_id = _session and user_id = _actor;
  end if;
  return private.keep_answer(_actor, 'ticket', _key, _request, jsonb_build_object(
    'ticket', private.ticket_row(_ticket),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;

create or replace function private.ticket_row(_row private.tickets) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'session_id', _row.session_id,
           'price',      _row.price,
           'status',     _row.status,
           'created_at', _row.created_at)
$$;

-- What the actor holds for sessions that are not over, bought last first: `{"tickets": [row]}`.
create or replace function private.own_tickets(_tickets_max integer default 200) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('tickets', coalesce(jsonb_agg(private.ticket_row(held) order by held.created_at desc), '[]'))
    from (select tickets.*
            from private.tickets
            join public.live_sessions sessions on sessions.id = tickets.session_id
           where tickets.user_id = private.actor() and tickets.status <> 'refunded'
             and sessions.status in ('scheduled', 'live')
           order by tickets.created_at desc
           limit _tickets_max) held
$$;

-- Give back what is in escrow for a session, of one user or of all; how many tickets. Each is given back once.
create or replace function private.refund_tickets(_session uuid, _user uuid default null) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _ticket   private.tickets;
  _refunded integer := 0;
begin
  for _ticket in
    update private.tickets set status = 'refunded', settled_at = now()
     where session_id = _session and status = 'paid' and (_user is null or user_id = _user)
    returning *
  loop
    perform private.move_coins('ticket_refund', 'ticket_refund:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_ticket.wallet_id], array[_ticket.price]);
    _refunded := _refunded + 1;
  end loop;
  return _refunded;
end $$;

-- Whoever may not come in any more, and is not in, gets the ticket's money back unless they have watched.
create or replace function private.refund_unseen(_session uuid, _user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_banned(_session, _user)
     and private.watched_seconds(_session, _user) < private.watching_seconds_min()
     and not exists (select from public.live_participants
                      where session_id = _session and user_id = _user and is_active) then
    perform private.refund_tickets(_session, _user);
  end if;
end $$;

-- How long somebody was connected: what LiveKit saw, and not the seat that was taken for it.
create or replace function private.watched_seconds(_session uuid, _user uuid) returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(sum(extract(epoch from upper(stay) - lower(stay))), 0)::integer
    from unnest((select range_agg(tstzrange(stays.joined_at, greatest(stays.joined_at, coalesce(stays.left_at, now()))))
                   from public.live_participants seats
                   join private.live_intervals stays on stays.participant_id = seats.id
                  where seats.session_id = _session and seats.user_id = _user and stays.livekit_sid is not null)) stay
$$;

-- From when on somebody has watched, and a session has taken place.
create or replace function private.watching_seconds_min() returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select greatest(1, (private.settings()).ticket_refund_minutes * 60)
$$;

-- Whether the holder of a ticket got nothing for it in a session that took place: put out before they had watched, or let
-- in at the very end and never connected.
create or replace function private.is_let_down(_ticket private.tickets) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select case
    when exists (select from public.live_participants seats
                   join private.departures on departures.participant_id = seats.id
                  where seats.session_id = _ticket.session_id and seats.user_id = _ticket.user_id
                    and departures.reason = 'removed')
      then private.watched_seconds(_ticket.session_id, _ticket.user_id) < private.watching_seconds_min()
    else _ticket.created_at > now() - private.watching_seconds_min() * interval '1 second'
         and private.watched_seconds(_ticket.session_id, _ticket.user_id) = 0
  end
$$;

-- The session took place: who got nothing for their ticket is given its money back, of the others the creator gets it net
-- of commission; how many tickets.
create or replace function private.settle_tickets(_session uuid) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _platform uuid := private.wallet_of_kind('platform');
  _creator  uuid := private.wallet_of((select creator_id from public.live_sessions where id = _session));
  _ticket   private.tickets;
  _settled  integer := 0;
begin
  perform private.refund_tickets(_session, tickets.user_id)
     from private.tickets
    where tickets.session_id = _session and tickets.status = 'paid' and tickets.user_id is not null
      and private.is_let_down(tickets);
  for _ticket in
    update private.tickets set status = 'settled', settled_at = now()
     where session_id = _session and status = 'paid'
    returning *
  loop
    perform private.move_coins('ticket_payout', 'ticket_payout:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_creator, _platform],
      array[_ticket.price - private.commission_of(_ticket.price), private.commission_of(_ticket.price)]);
    _settled := _settled + 1;
  end loop;
  return _settled;
end $$;

-- A creator's account is erased with sessions to come: their tickets are given back before the rows go.
create or replace function private.refund_before_delete() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.refund_tickets(old.id);
  return old;
end $$;

-- What a session brought its host, who alone may ask: coins net of commission from gifts and from tickets, and who gave most.
-- `{"coins", "gifts": {"count", "coins"}, "tickets": {"count", "coins"}, "supporters": [{"profile_id", "gifts", "coins"}]}`
create or replace function private.takings(_session uuid, _supporters_max integer default 3) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _host       uuid := private.actor();
  _wallet     uuid := (select id from public.wallets where user_id = _host);
  _gifts      jsonb;
  _tickets    jsonb;
  _supporters jsonb;
begin
  if not exists (select from public.live_sessions where id = _session and creator_id = _host) then
    perform private.refuse(404, 'not_found', 'There is no such session of yours.');
  end if;
  select jsonb_build_object('count', coalesce(sum(gifts.quantity), 0), 'coins', coalesce(sum(entries.amount), 0))
    into _gifts
    from public.live_gifts gifts
    join public.coin_entries entries on entries.transaction_id = gifts.transaction_id and entries.wallet_id = _wallet
   where gifts.session_id = _session and gifts.refunded_at is null;
  select jsonb_build_object('count', count(*), 'coins', coalesce(sum(entries.amount), 0))
    into _tickets
    from private.tickets
    join public.coin_transactions payouts
      on payouts.initiator_wallet_id = private.wallet_of_kind('escrow')
     and payouts.idempotency_key = 'ticket_payout:' || tickets.id
    join public.coin_entries entries on entries.transaction_id = payouts.id and entries.wallet_id = _wallet
   where tickets.session_id = _session;
  select coalesce(jsonb_agg(jsonb_build_object('profile_id', best.profile_id, 'gifts', best.gifts, 'coins', best.coins)
                            order by best.coins desc, best.profile_id), '[]')
    into _supporters
    from (select gifts.sender_profile_id as profile_id, sum(gifts.quantity) as gifts, sum(gifts.coin_amount) as coins
            from public.live_gifts gifts
           where gifts.session_id = _session and gifts.receiver_id = _host and gifts.sender_profile_id is not null
             and gifts.refunded_at is null
           group by gifts.sender_profile_id
           order by coins desc, profile_id
           limit _supporters_max) best;
  return jsonb_build_object('coins', (_gifts ->> 'coins')::bigint + (_tickets ->> 'coins')::bigint,
                            'gifts', _gifts, 'tickets', _tickets, 'supporters', _supporters);
end $$;

revoke execute on function
  private.buy_ticket(uuid, text, integer), private.ticket_row(private.tickets), private.own_tickets(integer),
  private.refund_tickets(uuid, uuid),
  private.refund_unseen(uuid, uuid), private.watched_seconds(uuid, uuid), private.watching_seconds_min(),
  private.is_let_down(private.tickets), private.settle_tickets(uuid), private.refund_before_delete(),
  private.takings(uuid, integer)
  from public;
grant execute on function
  private.buy_ticket(uuid, text, integer), private.ticket_row(private.tickets), private.own_tickets(integer),
  private.refund_tickets(uuid, uuid),
  private.refund_unseen(uuid, uuid), private.watched_seconds(uuid, uuid), private.watching_seconds_min(),
  private.is_let_down(private.tickets), private.settle_tickets(uuid), private.takings(uuid, integer)
  to service_role;
