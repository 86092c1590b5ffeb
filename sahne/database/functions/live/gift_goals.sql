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
