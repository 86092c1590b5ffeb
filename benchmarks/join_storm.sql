-- What the storm's measurement asks of the database: more sessions, and whether every viewer was counted once.

-- name: open_storms
-- A live session of each creator (`0000feed-…`), where nobody is yet.
update public.profiles set is_creator = true where id::text like '0000beef-%';
do $$
declare
  _who     uuid;
  _session uuid;
begin
  for _who in select id from auth.users where id::text like '0000beef-%' order by id loop
    _session := replace(_who::text, '0000beef', '0000feed');
    insert into public.live_sessions (id, creator_id, creator_profile_id, title, session_type)
    values (_session, _who, _who, 'Storm', 'video_live');
    perform set_config('request.jwt.claims', jsonb_build_object('sub', _who, 'role', 'authenticated')::text, true);
    perform private.start_session(_session);
  end loop;
end $$;
-- pgbench prepares what it is going to call before it is anybody
grant usage on schema private to authenticator;
grant execute on function private.join_session(uuid, uuid) to authenticator;

-- name: check_storms
-- The storms that were, and those in which somebody was counted twice or not at all; the host is no viewer.
select count(*) as storms,
       count(*) filter (where (counters.viewer_count, counters.peak_viewers, counters.total_viewers, seats.there)
                              is distinct from (%(viewers)s, %(viewers)s, %(viewers)s, %(viewers)s)) as wrong
  from private.session_counters counters
 cross join lateral (select count(*)::integer as there from public.live_participants participants
                      where participants.session_id = counters.session_id
                        and participants.is_active and participants.role <> 'host') seats
 where counters.total_viewers > 0
