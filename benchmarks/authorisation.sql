-- Queries of `benchmarks authorisation`: a room, who is in it, and a check as walrus makes it.

-- name: fill
-- A live session, a line in it, and so many who listen: one in five is in the room. Nothing else is looked after.
select set_config('session_replication_role', 'replica', true);
insert into public.live_sessions (id, creator_id, creator_profile_id, title, session_type, status, livekit_room_name)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('0000feed-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
       ('0000feed-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'A room', 'video_live', 'live', 'room ' || n
  from generate_series(1, 50) n;
insert into public.live_participants (session_id, user_id, profile_id, role, is_active, livekit_identity, joined_at)
select ('00000000-0000-4000-8000-' || lpad((n % 5 + 1)::text, 12, '0'))::uuid,
       ('0000cafe-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, ('0000cafe-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
       'viewer', true, 'identity ' || n, now()
  from generate_series(0, 2999) n;
insert into public.live_messages (id, session_id, sender_id, sender_profile_id, content, message_type)
values ('0000beef-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000001',
        '0000cafe-0000-4000-8000-000000000000', '0000cafe-0000-4000-8000-000000000000', 'Hello', 'text');
insert into public.notifications (id, user_id, code)
values ('0000beef-0000-4000-8000-000000000002', '0000cafe-0000-4000-8000-000000000007', 'followed');
analyze public.live_sessions, public.live_participants, public.live_messages, public.notifications;

-- name: prepare_check
-- One subscriber's, as `realtime.apply_rls` prepares it.
prepare walrus_check (uuid) as select count(*) > 0 from public.live_messages where id = $1;

-- name: make_walrus
-- Each subscriber in turn: who it is, then the prepared check.
create function pg_temp.walrus(viewers json, line uuid) returns int[] language plpgsql as $$
declare
  viewer record;
  sees   boolean;
  seen   int[] := '{}';
begin
  for viewer in select value::text as claims, ordinality::int as place
                  from json_array_elements(viewers) with ordinality loop
    perform set_config('role', 'authenticated', true), set_config('request.jwt.claims', viewer.claims, true);
    execute format('execute walrus_check(%L)', line) into sees;
    if sees then
      seen := seen || viewer.place;
    end if;
    perform set_config('role', 'authenticator', true);
  end loop;
  return seen;
end $$;

-- name: walrus
-- The places of those who see the line.
select pg_temp.walrus(%(viewers)s, %(line)s) as seen;
