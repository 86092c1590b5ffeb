-- The functions of search and feed as they were first: today's text is in sahne/database/functions/people.

set local check_function_bodies = off;

-- Finding creators by their names and sessions by what they are about, with typing errors: trigrams over folded words. Only
-- creators are found, so no shadow is; and only sessions that everybody may see.

-- `{"creators": [face, …], "sessions": [row, …]}`, the likest first. Without words, what the filters leave.
create or replace function private.search(
  _words text, _category text default null, _tag text default null, _language text default null, _found_max integer default 20
) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor  uuid := private.actor();
  _folded text := coalesce(private.plain_words(_words), '');
begin
  return jsonb_build_object(
    'creators', case when _folded <> '' and coalesce(_category, _tag, _language) is null
                     then private.found_creators(_actor, _folded, _found_max) else '[]' end,
    'sessions', case when _folded <> '' or coalesce(_category, _tag, _language) is not null
                     then private.found_sessions(_actor, _folded, _category, private.plain_words(_tag), _language, _found_max)
                     else '[]' end);
end $$;

-- What was typed as it is called is looked for first: words that begin so, which is quick among however many. Only where
-- nothing is called so were there slips, and the likest are looked for, among so many at most.

-- The likest are chosen by their words alone; who of them may be shown is asked of those few. A scan of the table is no choice:
-- the planner takes a comparison of trigrams for as cheap as one of numbers.
create or replace function private.found_creators(_actor uuid, _folded text, _found_max integer) returns jsonb
language sql stable security definer set search_path = '', pg_temp
  set pg_trgm.word_similarity_threshold = '0.45' set enable_seqscan = off as $$
  with called as materialized (
    select words.profile_id, words.folded like _folded || '%' as begins, 1::real as likeness
      from private.creator_words words
     where words.folded ~ (select private.word_pattern(_folded, 1))  -- each is made once, not for every row
       and words.folded ~ (select private.word_pattern(_folded, 2))
       and words.folded ~ (select private.word_pattern(_folded, 3))
     limit 5000
  ), guessed as materialized (
    select words.profile_id, false, extensions.word_similarity(_folded, words.folded)
      from (select * from private.creator_words words
             where not exists (select from called) and words.folded operator(extensions.%>) _folded
             limit 1000) words
  ), likest as materialized (
    select names.profile_id, names.begins, names.likeness, faces.follower_count
      from (select * from called union all select * from guessed) names
      join public.public_profiles faces on faces.id = names.profile_id
     order by names.begins desc, names.likeness desc, faces.follower_count desc, names.profile_id
     limit 10 * _found_max
  ), found as (
    select faces as face, likest.begins, likest.likeness, faces.follower_count, faces.id
      from likest
      join public.public_profiles faces on faces.id = likest.profile_id
     where private.may_be_found(_actor, faces.id)
     order by likest.begins desc, likest.likeness desc, faces.follower_count desc, faces.id
     limit _found_max
  )
  select coalesce(jsonb_agg(private.face_row(found.face)
                            order by found.begins desc, found.likeness desc, found.follower_count desc, found.id), '[]')
    from found
$$;

-- The first of what the filters and the words leave, and of those few whom their creators let be found.
create or replace function private.found_sessions(
  _actor uuid, _folded text, _category text, _tag text, _language text, _found_max integer
) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _likest uuid[] := case when _folded <> '' then private.likest_sessions(_folded) end;
  _first  uuid[];
  _found  public.live_sessions[];
begin
  _first := array(
    select sessions.id
      from public.live_sessions sessions
     where sessions.status in ('live', 'scheduled')
       and (_likest is null or sessions.id = any (_likest))
       and (_category is null or sessions.category = _category)
       and (_language is null or sessions.language = _language)
       and (_tag is null or sessions.id in (select session_id from private.session_words where tags @> array[_tag]))
     order by sessions.status = 'live' desc, array_position(_likest, sessions.id), sessions.viewer_count desc,
              sessions.scheduled_at, sessions.id
     limit 10 * _found_max);
  select array_agg(best.session order by best.place) into _found
    from (select sessions as session, first.place
            from unnest(_first) with ordinality first (id, place)
            join public.live_sessions sessions on sessions.id = first.id
           where private.may_be_found(_actor, sessions.creator_id)
           order by first.place
           limit _found_max) best;
  return coalesce((select jsonb_agg(private.session_row(_found[place]) order by place)
                     from generate_subscripts(_found, 1) place), '[]');
end $$;

-- The likest first.
create or replace function private.likest_sessions(_folded text, _sessions_max integer default 500) returns uuid[]
language sql stable security definer set search_path = '', pg_temp
  set pg_trgm.word_similarity_threshold = '0.45' set enable_seqscan = off as $$
  with called as materialized (
    select words.session_id, 1::real as likeness
      from private.session_words words
     where words.folded ~ (select private.word_pattern(_folded, 1))  -- each is made once, not for every row
       and words.folded ~ (select private.word_pattern(_folded, 2))
       and words.folded ~ (select private.word_pattern(_folded, 3))
     limit 5000
  ), guessed as materialized (
    select words.session_id, extensions.word_similarity(_folded, words.folded)
      from (select * from private.session_words words
             where not exists (select from called) and words.folded operator(extensions.%>) _folded
             limit 1000) words
  ), likest as (
    select names.session_id, names.likeness, sessions.status, sessions.viewer_count, sessions.scheduled_at
      from (select * from called union all select * from guessed) names
      join public.live_sessions sessions on sessions.id = names.session_id
     order by sessions.status = 'live' desc, names.likeness desc, sessions.viewer_count desc, sessions.scheduled_at,
              names.session_id
     limit _sessions_max
  )
  select array(
    select session_id from likest
     order by status = 'live' desc, likeness desc, viewer_count desc, scheduled_at, session_id)
$$;

-- A word of what was typed as the beginning of one of theirs: the longest, the next, the third; with fewer words the longest
-- again. What is folded has no signs that a pattern would read otherwise.
create or replace function private.word_pattern(_folded text, _place integer) returns text
language sql immutable set search_path = '', pg_temp as $$
  with typed as (
    select word, row_number() over (order by char_length(word) desc, word) as place
      from regexp_split_to_table(_folded, ' ') word
  )
  select '(^| )' || word
    from typed
   where place in (1, _place)
   order by place desc
   limit 1
$$;

-- Whether a creator is shown to somebody who looks for creators: not where one of the two has blocked the other.
create or replace function private.may_be_found(_actor uuid, _creator uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select private.standing(_creator) = 'named' and not private.blocks_between(_actor, _creator)
$$;

-- The words follow the face, of creators alone.
create or replace function private.keep_creator_words() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.is_creator then
    insert into private.creator_words (profile_id, folded)
    values (new.id, private.plain_words(concat_ws(' ', new.display_name, new.username)))
    on conflict (profile_id) do update set folded = excluded.folded;
  else
    delete from private.creator_words where profile_id = new.id;
  end if;
  return null;
end $$;

-- The words follow the session until it is over.
create or replace function private.keep_session_words() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.status in ('scheduled', 'live') then
    insert into private.session_words (session_id, folded, tags)
    values (new.id,
            private.plain_words(concat_ws(' ', new.title, array_to_string(new.tags, ' '), new.category)),
            array(select private.plain_words(tag) from unnest(new.tags) tag))
    on conflict (session_id) do update set folded = excluded.folded, tags = excluded.tags;
  else
    delete from private.session_words where session_id = new.id;
  end if;
  return null;
end $$;

revoke execute on function
  private.search(text, text, text, text, integer), private.found_creators(uuid, text, integer),
  private.found_sessions(uuid, text, text, text, text, integer), private.likest_sessions(text, integer),
  private.word_pattern(text, integer), private.may_be_found(uuid, uuid), private.keep_creator_words(),
  private.keep_session_words()
  from public;
grant execute on function
  private.search(text, text, text, text, integer), private.found_creators(uuid, text, integer),
  private.found_sessions(uuid, text, text, text, text, integer), private.likest_sessions(text, integer),
  private.word_pattern(text, integer), private.may_be_found(uuid, uuid)
  to service_role;

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
