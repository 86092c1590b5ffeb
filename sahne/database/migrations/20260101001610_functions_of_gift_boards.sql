-- The functions of combos, boards and goals as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Gifts in a row: the same gift by one sender to one person in one session, each within five seconds of the last, is a combo.
-- It is counted here, so that every screen shows the same number, on the gift's row and on its line in the chat.

-- Count so many more of the sender's: the combo they belong to, named after its first gift, and how many it has by now.
-- Whoever calls this holds the sender's wallet, so that one sender's gifts are counted one after another.
create or replace function private.count_combo(
  _sender uuid, _session uuid, _gift uuid, _receiver uuid, _first uuid, _quantity bigint,
  out combo_id uuid, out combo_count bigint
)
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  window_of_combo constant interval := interval '5 seconds';
begin
  insert into private.gift_combos as running (sender_id, session_id, gift_id, receiver_id, first_gift_id, gifts, last_at)
  values (_sender, _session, _gift, _receiver, _first, _quantity, now())
  on conflict (sender_id, session_id, gift_id, receiver_id) do update
     set first_gift_id = case when running.last_at >= excluded.last_at - window_of_combo
                              then running.first_gift_id else excluded.first_gift_id end,
         gifts         = excluded.gifts + case when running.last_at >= excluded.last_at - window_of_combo
                                               then running.gifts else 0 end,
         last_at       = greatest(running.last_at, excluded.last_at)
  returning running.first_gift_id, running.gifts into combo_id, combo_count;
end $$;

-- Combos that are over; how many. What somebody goes on with at this moment is left.
create or replace function private.forget_combos() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  combos_max constant integer := 10000;
  _forgotten integer;
begin
  delete from private.gift_combos
   where (sender_id, session_id, gift_id, receiver_id) in (
           select sender_id, session_id, gift_id, receiver_id
             from private.gift_combos
            where last_at < now() - interval '6 seconds'
            limit combos_max
              for update skip locked);
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.count_combo(uuid, uuid, uuid, uuid, uuid, bigint), private.forget_combos()
  from public;
grant execute on function
  private.count_combo(uuid, uuid, uuid, uuid, uuid, bigint), private.forget_combos()
  to service_role;

-- Who gave most: in a session, and to a creator in a day, a week, at all times. A gift or a refund appends a tally and waits
-- for nobody; the server's clock adds the tallies up. Whatever happened, a board is what the gifts themselves would say that
-- were not given back; a test counts them anew. Days and weeks (from Monday) are those of the house's time zone,
-- `settings.quota_time_zone`. Somebody stands there as the profile that gave: a shadow as itself, and once more beside its owner.

-- What a statement gave, one tally for each of what it gave whom.
create or replace function private.tally_gifts() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.gift_tallies (session_id, receiver_id, profile_id, given_at, coins, gifts)
  select written.session_id, written.receiver_id, written.sender_profile_id, written.created_at,
         sum(written.coin_amount), sum(written.quantity)
    from written
   group by 1, 2, 3, 4;
  return null;
end $$;

-- Tallies become boards and the sums that goals are reached by; how many. Called by the server on its clock; a second
-- caller at the same moment does nothing. It waits for nobody: what is about somebody who is being erased at this moment
-- is left for the next time. Who is gone already has no place on a board any more.
create or replace function private.fold_gift_tallies(_tallies_max integer default 20000) returns integer
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
declare
  _zone     constant text := (select settings.quota_time_zone from private.settings);
  _folded   integer;
  _sessions uuid[];
  _received jsonb;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_gift_tallies', 0)) then
    return 0;
  end if;
  with waiting as materialized (
    select * from private.gift_tallies order by id limit _tallies_max
  ), sessions as materialized (
    select id from public.live_sessions where id in (select session_id from waiting) for key share skip locked
  ), people as materialized (
    select id from public.profiles
     where id in (select profile_id from waiting union select receiver_id from waiting)
       for key share skip locked
  ), taken as (
    delete from private.gift_tallies tallies
     using waiting
     where tallies.id = waiting.id
       and not exists (select from public.live_sessions held
                        where held.id = waiting.session_id and held.id not in (select id from sessions))
       and not exists (select from public.profiles held
                        where held.id in (waiting.profile_id, waiting.receiver_id)
                          and held.id not in (select id from people))
    returning tallies.*
  ), sums as (
    insert into private.session_coins as shown (session_id, coins)
    select taken.session_id, sum(taken.coins)
      from taken
      join sessions on sessions.id = taken.session_id
     group by 1
    on conflict (session_id) do update set coins = shown.coins + excluded.coins
    returning shown.session_id
  ), of_sessions as (
    insert into private.session_boards as shown (session_id, profile_id, coins, gifts)
    select taken.session_id, taken.profile_id, sum(taken.coins), sum(taken.gifts)
      from taken
      join sessions on sessions.id = taken.session_id
      join people on people.id = taken.profile_id
     group by 1, 2
    on conflict (session_id, profile_id) do update
       set coins = shown.coins + excluded.coins, gifts = shown.gifts + excluded.gifts
  ), of_creators as (
    insert into private.creator_boards as shown (receiver_id, period, begins_on, profile_id, coins, gifts)
    select taken.receiver_id, periods.period, periods.begins_on, taken.profile_id, sum(taken.coins), sum(taken.gifts)
      from taken
      join people receivers on receivers.id = taken.receiver_id
      join people givers on givers.id = taken.profile_id
     cross join lateral private.board_periods((taken.given_at at time zone _zone)::date) periods
     where periods.period = 'all_time' or periods.begins_on >= private.boards_kept_from()
     group by 1, 2, 3, 4
    on conflict (receiver_id, period, begins_on, profile_id) do update
       set coins = shown.coins + excluded.coins, gifts = shown.gifts + excluded.gifts
  )
  select (select count(*) from taken), array(select session_id from sums),
         (select jsonb_agg(received)
            from (select taken.receiver_id, taken.session_id, sum(taken.gifts) as gifts, sum(taken.coins) as coins,
                         case when count(distinct taken.profile_id) = 1 then min(taken.profile_id::text) end as profile_id
                    from taken
                    join people receivers on receivers.id = taken.receiver_id
                    join people givers on givers.id = taken.profile_id
                   where taken.gifts > 0
                   group by 1, 2) received)
    into _folded, _sessions, _received;
  perform private.advance_goals(_sessions);
  perform private.tell_of_gifts(_received);
  return _folded;
end $$;

-- The boards that a gift of a day stands on.
create or replace function private.board_periods(_day date) returns table (period text, begins_on date)
language sql immutable set search_path = '', pg_temp as $$
  values ('day', _day), ('week', date_trunc('week', _day::timestamp)::date), ('all_time', date '0001-01-01')
$$;

-- Boards of days and weeks that began before are no longer kept.
create or replace function private.boards_kept_from() returns date
language sql stable security definer set search_path = '', pg_temp as $$
  select (now() at time zone settings.quota_time_zone)::date - 60 from private.settings
$$;

-- Boards of days and weeks long over; how many rows. What is folded of such a day later is not put on a board either.
create or replace function private.forget_boards() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _forgotten integer;
begin
  delete from private.creator_boards where period <> 'all_time' and begins_on < private.boards_kept_from();
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

-- Who gave most in a session, to whomever in it: `{"board": {"period", "begins_at", "time_zone", "supporters", "own"}}`.
-- For who was ever in it; a place is shared by who gave the same, and `own` has the caller's, wherever it is.
create or replace function private.session_supporters(_session uuid, _supporters_max integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor      uuid := private.actor();
  _supporters jsonb;
  _own        jsonb;
begin
  if _session not in (select private.hosted_session_ids() union all select private.attended_session_ids()) then
    perform private.refuse(404, 'not_found', 'There is no such session that you were in.');
  end if;
  select coalesce(jsonb_agg(private.supporter(best.place, best.profile_id, best.gifts, best.coins)
                            order by best.place, best.profile_id), '[]')
    into _supporters
    from (select most.*, rank() over (order by most.coins desc) as place
            from (select boards.profile_id, boards.gifts, boards.coins
                    from private.session_boards boards
                   where boards.session_id = _session and boards.coins > 0
                   order by boards.coins desc, boards.profile_id
                   limit _supporters_max) most) best;
  select coalesce(jsonb_agg(private.supporter(
           (select count(*) + 1 from private.session_boards others
             where others.session_id = _session and others.coins > own.coins),
           own.profile_id, own.gifts, own.coins)), '[]')
    into _own
    from private.session_boards own
    join public.profiles on profiles.id = own.profile_id and profiles.user_id = _actor
   where own.session_id = _session and own.coins > 0;
  return private.board('session', null, _supporters, _own);
end $$;

-- Who gave a creator most in this day, this week, at all times: the same, for everybody signed in.
create or replace function private.creator_supporters(_creator uuid, _period text, _supporters_max integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor      uuid := private.actor();
  _begins_on  date := (select periods.begins_on
                         from private.settings,
                              private.board_periods((now() at time zone settings.quota_time_zone)::date) periods
                        where periods.period = _period);
  _supporters jsonb;
  _own        jsonb;
begin
  if not exists (select from public.public_profiles where id = _creator and is_creator) then
    perform private.refuse(404, 'not_found', 'There is no such creator.');
  end if;
  select coalesce(jsonb_agg(private.supporter(best.place, best.profile_id, best.gifts, best.coins)
                            order by best.place, best.profile_id), '[]')
    into _supporters
    from (select most.*, rank() over (order by most.coins desc) as place
            from (select boards.profile_id, boards.gifts, boards.coins
                    from private.creator_boards boards
                   where boards.receiver_id = _creator and boards.period = _period and boards.begins_on = _begins_on
                     and boards.coins > 0
                   order by boards.coins desc, boards.profile_id
                   limit _supporters_max) most) best;
  select coalesce(jsonb_agg(private.supporter(
           (select count(*) + 1 from private.creator_boards others
             where others.receiver_id = _creator and others.period = _period and others.begins_on = _begins_on
               and others.coins > own.coins),
           own.profile_id, own.gifts, own.coins)), '[]')
    into _own
    from private.creator_boards own
    join public.profiles on profiles.id = own.profile_id and profiles.user_id = _actor
   where own.receiver_id = _creator and own.period = _period and own.begins_on = _begins_on and own.coins > 0;
  return private.board(_period, case when _period <> 'all_time' then _begins_on end, _supporters, _own);
end $$;

create or replace function private.supporter(_place bigint, _profile uuid, _gifts bigint, _coins bigint) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select jsonb_build_object('place', _place, 'profile_id', _profile, 'gifts', _gifts, 'coins', _coins)
$$;

create or replace function private.board(_period text, _begins_on date, _supporters jsonb, _own jsonb) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('board', jsonb_build_object(
           'period',     _period,
           'begins_at',  _begins_on::timestamp at time zone settings.quota_time_zone,
           'time_zone',  settings.quota_time_zone,
           'supporters', _supporters,
           'own',        _own))
    from private.settings
$$;

revoke execute on function
  private.tally_gifts(), private.fold_gift_tallies(integer), private.board_periods(date), private.boards_kept_from(),
  private.forget_boards(), private.session_supporters(uuid, integer),
  private.creator_supporters(uuid, text, integer), private.supporter(bigint, uuid, bigint, bigint),
  private.board(text, date, jsonb, jsonb)
  from public;
grant execute on function
  private.fold_gift_tallies(integer), private.board_periods(date), private.boards_kept_from(),
  private.forget_boards(), private.session_supporters(uuid, integer),
  private.creator_supporters(uuid, text, integer), private.supporter(bigint, uuid, bigint, bigint),
  private.board(text, date, jsonb, jsonb)
  to service_role;

-- What a host would like to reach with the gifts of a session: so many coins for something they say. Several follow one
-- another: the next begins where the one before it ends. What counts is all that is given in the session from then on,
-- less what is given back; a goal that was reached stays so.

-- The host sets another goal, after those that are open: `{"goal": row}`.
create or replace function private.add_goal(_session uuid, _title text, _target_coins bigint) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  goals_max constant integer := 10;
  _coins bigint;
  _goal  public.live_goals;
begin
  perform private.hold_goals(private.hosted_goals(_session));
  perform private.refuse_house_words(array[_title]);
  if (select count(*) from public.live_goals where session_id = _session and reached_at is null) >= goals_max then
    perform private.refuse(409, 'too_many_goals', 'A session has as many goals as may be open at once.',
      'Reach one, or take one back.', jsonb_build_object('goals_max', goals_max));
  end if;
  _coins := (select coins from private.session_coins where session_id = _session)
            + coalesce((select sum(coins) from private.gift_tallies where session_id = _session), 0);
  insert into public.live_goals (session_id, position, title, target_coins, from_coins)
  select _session, coalesce(max(goals.position), 0) + 1, _title, _target_coins,
         greatest(_coins, max(goals.from_coins + goals.target_coins))
    from public.live_goals goals
   where goals.session_id = _session
  returning * into _goal;
  return jsonb_build_object('goal', private.goal_row(_goal));
end $$;

-- The host takes a goal back that is not reached; what was given for it counts for the next: `{"goal": row}`.
create or replace function private.drop_goal(_goal uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_goals;
begin
  select * into _row from public.live_goals where id = _goal;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such goal.');
  end if;
  perform private.hold_goals(private.hosted_goals(_row.session_id));
  delete from public.live_goals where id = _goal and reached_at is null returning * into _row;
  if not found then
    perform private.refuse(409, 'goal_reached', 'A goal that was reached stays.');
  end if;
  update public.live_goals set from_coins = from_coins - _row.target_coins
   where session_id = _row.session_id and position > _row.position;
  perform private.advance_goals(array[_row.session_id]);
  return jsonb_build_object('goal', private.goal_row(_row));
end $$;

-- The session whose goals the actor may set: their own, which is not over.
create or replace function private.hosted_goals(_session uuid) returns uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _row   public.live_sessions;
begin
  select * into _row from public.live_sessions where id = _session for key share;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such session.');
  elsif _row.creator_id <> _actor then
    perform private.refuse(403, 'forbidden', 'Only the host sets the goals of a session.');
  elsif _row.status not in ('scheduled', 'live') then
    perform private.refuse(409, 'session_over', 'The session is over.', null, jsonb_build_object('status', _row.status));
  end if;
  return _session;
end $$;

-- The goals of a session stay as they are until the end of the transaction, and so does the sum they are reached by.
create or replace function private.hold_goals(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_coins (session_id) values (_session) on conflict (session_id) do nothing;
  perform from private.session_coins where session_id = _session for update;
end $$;

-- Show how far the open goals of these sessions are by now, and say of each that is reached so. Whoever calls this has
-- changed the sums, or holds them.
create or replace function private.advance_goals(_sessions uuid[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _goal public.live_goals;
begin
  for _goal in
    with moved as (
      update public.live_goals goals
         set coins      = least(goals.target_coins, greatest(0, sums.coins - goals.from_coins)),
             reached_at = case when sums.coins >= goals.from_coins + goals.target_coins then now() end
        from private.session_coins sums
       where sums.session_id = goals.session_id
         and goals.session_id = any (_sessions)
         and goals.reached_at is null
         and goals.coins <> least(goals.target_coins, greatest(0, sums.coins - goals.from_coins))
      returning goals.*
    )
    select * from moved where moved.reached_at is not null order by moved.session_id, moved.position
  loop
    perform private.tell_of_goal(_goal);
  end loop;
end $$;

-- That a goal is reached stands in the chat, and is an event.
create or replace function private.tell_of_goal(_goal public.live_goals) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.say_system(_goal.session_id, 'goal_reached', jsonb_build_object(
    'goal_id', _goal.id, 'title', _goal.title, 'target_coins', _goal.target_coins));
  perform private.announce(
    'goal_reached', (select creator_profile_id from public.live_sessions where id = _goal.session_id),
    jsonb_build_object('session_id', _goal.session_id, 'goal_id', _goal.id, 'title', _goal.title,
                       'target_coins', _goal.target_coins));
end $$;

create or replace function private.goal_row(_row public.live_goals) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',           _row.id,
           'session_id',   _row.session_id,
           'position',     _row.position,
           'title',        _row.title,
           'target_coins', _row.target_coins,
           'coins',        _row.coins,
           'reached_at',   _row.reached_at,
           'created_at',   _row.created_at)
$$;

revoke execute on function
  private.add_goal(uuid, text, bigint), private.drop_goal(uuid), private.hosted_goals(uuid), private.hold_goals(uuid),
  private.advance_goals(uuid[]), private.tell_of_goal(public.live_goals), private.goal_row(public.live_goals)
  from public;
grant execute on function
  private.add_goal(uuid, text, bigint), private.drop_goal(uuid), private.hosted_goals(uuid), private.hold_goals(uuid),
  private.advance_goals(uuid[]), private.tell_of_goal(public.live_goals), private.goal_row(public.live_goals)
  to service_role;
