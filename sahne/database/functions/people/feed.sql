-- What goes on at and is planned by the creators somebody follows.

-- `{"sessions": [row, …], "creators": [face, …], "next"}`: live ones first, the newest before the others, then plans, the
-- nearest before the others. `next` is where to go on, `after` of the page that follows; null at the end.
create or replace function private.feed(_after text default null, _limit integer default 20) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor    uuid := private.actor();
  _from     text[] := string_to_array(_after, '_');
  _sessions public.live_sessions[];
begin
  select array_agg(page.session order by page.place, page.id) into _sessions
    from (select sessions as session, places.place, sessions.id
            from public.follows
            join public.live_sessions sessions on sessions.creator_id = follows.followed_profile_id
           cross join lateral private.feed_place(sessions) as places (place)
           where follows.follower_id = _actor
             and sessions.status in ('live', 'scheduled')
             and places.place is not null
             and (_after is null or (places.place, sessions.id) > (_from[1]::float8, _from[2]::uuid))
             and private.may_be_found(_actor, sessions.creator_id)
           order by places.place, sessions.id
           limit _limit) page;
  return jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(private.session_row(_sessions[place]) order by place)
                            from generate_subscripts(_sessions, 1) place), '[]'),
    'creators', private.faces_of(array(select sessions.creator_profile_id from unnest(_sessions) sessions)),
    'next', case when cardinality(_sessions) = _limit
                 then private.feed_place(_sessions[_limit]) || '_' || (_sessions[_limit]).id end);
end $$;

-- Where a session stands in a feed, in seconds: live ones below zero, plans by their time, those without one last; null is
-- nowhere: nobody came for a day.
create or replace function private.feed_place(_row public.live_sessions) returns float8
language sql stable set search_path = '', pg_temp as $$
  select case
    when _row.status = 'live' then -extract(epoch from _row.started_at)::float8
    when _row.scheduled_at is null then 1e12
    when _row.scheduled_at > now() - interval '24 hours' then extract(epoch from _row.scheduled_at)::float8
  end
$$;

create or replace function private.faces_of(_profiles uuid[]) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(jsonb_agg(private.face_row(faces) order by faces.id), '[]')
    from public.public_profiles faces
   where faces.id = any (_profiles)
$$;

revoke execute on function
  private.feed(text, integer), private.feed_place(public.live_sessions), private.faces_of(uuid[])
  from public;
grant execute on function
  private.feed(text, integer), private.feed_place(public.live_sessions), private.faces_of(uuid[])
  to service_role;
