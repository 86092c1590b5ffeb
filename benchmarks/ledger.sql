-- What the ledger's measurement asks of the database: its world, the yardsticks, and whether all is well afterwards.

-- name: make_people
-- Senders (`0000cafe-…`) and creators (`0000beef-…`), numbered from 1.
insert into auth.users (id, email, is_anonymous)
select (who.kind || '-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, who.kind || n || '@example.com', false
  from (values ('0000cafe', %(senders)s), ('0000beef', %(creators)s)) who (kind, many),
       generate_series(1, who.many) n;

-- name: open_sessions
-- Coins for the senders, one live session a creator (`0000feed-…`), whose wallet is there as a first gift makes it; every
-- sender watches every session.
update public.profiles set is_creator = true where id::text like '0000beef-%';
insert into public.gifts (id, name, coin_price) values ('0000dada-0000-4000-8000-000000000001', 'Rose', 10);
do $$
declare
  _who     uuid;
  _session uuid;
begin
  perform private.grant_coins(id, 1000000000, 'bench ' || id) from auth.users where id::text like '0000cafe-%';
  for _who in select id from auth.users where id::text like '0000beef-%' order by id loop
    perform private.wallet_of(_who);
    _session := replace(_who::text, '0000beef', '0000feed');
    insert into public.live_sessions (id, creator_id, creator_profile_id, title, session_type)
    values (_session, _who, _who, 'Bench', 'video_live');
    perform set_config('request.jwt.claims', jsonb_build_object('sub', _who, 'role', 'authenticated')::text, true);
    perform private.start_session(_session);
    insert into public.live_participants (session_id, user_id, profile_id, role, livekit_identity)
    select _session, id, id, 'viewer', id from auth.users where id::text like '0000cafe-%';
  end loop;
end $$;

-- name: make_naive_gift
-- The yardstick. It reads what ours reads to allow a gift, and writes the same rows: the transaction under its key, an
-- entry for the sender and one for the creator, the gift, its chat line, the kept answer. What is naive: the sender's
-- wallet and then the creator's are updated in place. It is spared the commission and ours' way of answering a retry.
create function private.naive_gift(_session uuid, _gift uuid, _quantity integer, _key text) returns jsonb
language plpgsql security definer set search_path = '' set enable_seqscan = 'off' as $$
declare
  _actor   uuid := auth.uid();
  _sent    public.live_gifts;
  _balance bigint;
  _from    uuid;
  _into    uuid;
  _answer  jsonb;
begin
  select gen_random_uuid(), sessions.id, _actor, sessions.creator_id, _gift, _quantity, gifts.coin_price * _quantity,
         gen_random_uuid(), now(), seats.profile_id
    into _sent
    from public.live_sessions sessions
    join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _actor
    join auth.users on users.id = _actor
    join public.gifts on gifts.id = _gift
   where sessions.id = _session
     and sessions.status = 'live'
     and sessions.gifts_enabled
     and sessions.creator_id <> _actor
     and seats.is_active
     and gifts.is_active
     and not users.is_anonymous
     and not exists (select from public.live_session_bans bans
                      where bans.session_id = _session and bans.banned_user_id = _actor);
  if not found then
    raise exception 'this gift is not allowed';
  end if;
  update public.wallets set balance = balance - _sent.coin_amount
   where user_id = _actor and balance >= _sent.coin_amount
  returning id, balance into _from, _balance;
  if not found then
    raise exception 'there are not enough coins';
  end if;
  update public.wallets set balance = balance + _sent.coin_amount where user_id = _sent.receiver_id
  returning id into _into;
  insert into public.coin_transactions (id, kind, initiator_wallet_id, idempotency_key, reference_type, reference_id)
  values (_sent.transaction_id, 'gift', _from, 'naive:' || _key, 'live_gift', _sent.id);
  insert into public.coin_entries (transaction_id, wallet_id, amount)
  values (_sent.transaction_id, _from, -_sent.coin_amount), (_sent.transaction_id, _into, _sent.coin_amount);
  insert into public.live_gifts values (_sent.*);
  insert into public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, gift_id, gift_quantity,
                                    gift_coin_value)
  values (_sent.id, _session, _actor, _sent.sender_profile_id, 'gift', _gift, _quantity, _sent.coin_amount);
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_actor, _key, 'gift', jsonb_build_object('session_id', _session, 'gift_id', _gift, 'quantity', _quantity),
          jsonb_build_object('live_gift', private.live_gift_row(_sent),
                             'wallet', jsonb_build_object('balance', _balance)))
  returning answer into _answer;
  return _answer;
end $$;
-- pgbench prepares what it is going to call before it is anybody
grant usage on schema private to authenticator;
grant execute on function private.naive_gift(uuid, uuid, integer, text),
                          private.send_gifts(uuid[], uuid[], uuid[], integer[], uuid[], text[], integer[]),
                          private.send_gift(uuid, uuid, integer, uuid, text, integer)
  to authenticator, service_role;

-- name: make_one_row
-- The other yardstick: one row that every connection updates.
create table public.bench_row (id integer primary key, number bigint not null);
insert into public.bench_row values (1, 0);
grant select, update on public.bench_row to authenticator;

-- name: fold
-- Everything pending is added up, as the server does on its clock.
select private.fold_coins(), private.fold_session_counters();

-- name: let_gifts_end
-- Whoever writes a gift has ended.
lock table public.live_gifts in share mode

-- name: sent_since
-- How many gifts were sent since this transaction began, and by how many calls; a call that sent none is not seen.
select count(*) as gifts, count(distinct gifts.xmin::text) as calls from public.live_gifts gifts where gifts.created_at > now()

-- name: check_ledger
-- What must be so whatever was measured: entries add up to nothing, every wallet is the sum of its entries, every creator
-- is shown what was sent (less commission where ours took it), every session its gifts and lines.
select (select coalesce(sum(entries.amount), 0)::bigint from public.coin_entries entries) as entries_sum,
       (select count(*) from private.ledger_faults()) as faults,
       (select count(*) from public.live_gifts) as gifts,
       (select count(*)
          from (select receivers.receiver_id, sum(receivers.coin_amount - case
                         when transactions.idempotency_key like 'naive:%' then 0
                         else private.commission_of(receivers.coin_amount) end) as coins
                  from public.live_gifts receivers
                  join public.coin_transactions transactions on transactions.id = receivers.transaction_id
                 group by 1) sent
         where private.coin_balance(sent.receiver_id) <> sent.coins) as creators_wrong,
       (select count(*)
          from public.live_sessions sessions
          left join (select session_id, sum(quantity) as gifts, count(*) as sent from public.live_gifts group by 1) gifts
            on gifts.session_id = sessions.id
          left join (select session_id, count(*) as lines from public.live_messages group by 1) chat
            on chat.session_id = sessions.id
         where (sessions.total_gifts_received, sessions.total_messages)
               is distinct from (coalesce(gifts.gifts, 0), coalesce(chat.lines, 0))) as sessions_wrong
