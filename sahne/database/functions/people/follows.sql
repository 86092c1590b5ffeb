-- Following: whose sessions somebody wants to hear of. Who follows whom is known to the two; how many follow, to everybody.

-- Follow a creator: `{"profile": face, "is_following": true}`. Whoever follows already changes nothing.
create or replace function private.follow_profile(_profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
begin
  perform private.refuse_to_follow(_actor, _profile);
  perform private.hold_accounts(_actor, _profile);
  insert into public.follows (follower_id, followed_profile_id) values (_actor, _profile) on conflict do nothing;
  if found then
    perform private.refuse_haste('follow', private.nobody());  -- one act of a person at a time from here on
    perform private.refuse_more_follows(_actor);
    perform private.tell_of_follower(_actor, _profile);
  end if;
  return private.following_row(_actor, _profile);
end $$;

-- No longer: `{"profile": face, "is_following": false}`. Whoever did not follow changes nothing.
create or replace function private.unfollow_profile(_profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  if not exists (select from public.public_profiles where id = _profile) then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  end if;
  perform private.hold_accounts(_actor, _profile);
  delete from public.follows where follower_id = _actor and followed_profile_id = _profile;
  return private.following_row(_actor, _profile);
end $$;

-- Only creators are followed: the others have nothing to announce. Whoever is blocked learns no more than that there is nobody.
create or replace function private.refuse_to_follow(_user uuid, _profile uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if _profile = _user then
    perform private.refuse(422, 'unprocessable', 'Nobody follows themselves.');
  elsif not exists (select from public.profiles where id = _profile and is_creator)
     or private.standing(_profile) <> 'named' or private.blocks_between(_user, _profile) then
    perform private.refuse(404, 'not_found', 'There is no such creator.');
  end if;
end $$;

create or replace function private.refuse_more_follows(_user uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if (select count(*) from public.follows where follower_id = _user) > private.follows_max() then
    perform private.refuse(409, 'too_many_follows', 'You follow as many creators as one can.', 'Unfollow somebody first.',
      jsonb_build_object('follows_max', private.follows_max()));
  end if;
end $$;

-- How many creators somebody may follow: their feed is made of all of them.
create or replace function private.follows_max() returns integer
language sql immutable set search_path = '', pg_temp as $$
  select 2000
$$;

-- The creator hears of a follower once, however often they come and go, as long as the event is kept.
create or replace function private.tell_of_follower(_follower uuid, _creator uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from private.events
                  where actor_profile_id = _follower and user_id = _creator and code = 'follower_gained') then
    perform private.tell(_creator, 'follower_gained', _follower);
  end if;
end $$;

create or replace function private.following_row(_user uuid, _profile uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'profile',      private.face_row(faces),
           'is_following', private.is_follower(_user, faces.id))
    from public.public_profiles faces
   where faces.id = _profile
$$;

-- A profile's face as everybody may read it.
create or replace function private.face_row(_row public.public_profiles) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',             _row.id,
           'username',       _row.username,
           'display_name',   _row.display_name,
           'avatar_url',     _row.avatar_url,
           'is_creator',     _row.is_creator,
           'follower_count', _row.follower_count)
$$;

-- Whether a user follows a creator, whose user id is their real profile's.
create or replace function private.is_follower(_user uuid, _creator uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from public.follows where follower_id = _user and followed_profile_id = _creator)
$$;

-- The public number goes with the rows, whoever takes them away: a person, an erasure, a suspension. Faces are taken in
-- order, so that two writers never wait for each other in a circle.
create or replace function private.count_followers() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'INSERT' then
    perform private.add_followers(faces.id, faces.followers)
       from (select followed_profile_id as id, count(*) as followers
               from new_follows where is_counted group by followed_profile_id order by followed_profile_id) faces;
  elsif tg_op = 'DELETE' then
    perform private.add_followers(faces.id, -faces.followers)
       from (select followed_profile_id as id, count(*) as followers
               from old_follows where is_counted group by followed_profile_id order by followed_profile_id) faces;
  else
    perform private.add_followers(faces.id, faces.followers)
       from (select id, sum(followers) as followers
               from (select followed_profile_id as id, 1 as followers from new_follows where is_counted
                      union all
                     select followed_profile_id, -1 from old_follows where is_counted) changes
              group by id
             having sum(followers) <> 0
              order by id) faces;
  end if;
  return null;
end $$;

create or replace function private.add_followers(_profile uuid, _followers bigint) returns void
language sql security definer set search_path = '', pg_temp as $$
  update public.public_profiles set follower_count = follower_count + _followers where id = _profile
$$;

-- Who is suspended, or erased in all but the row, counts for nobody, and again when that is over.
create or replace function private.count_as_follower() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _counts boolean := not private.is_suspended(new.id);
begin
  update public.follows set is_counted = _counts where follower_id = new.id and is_counted <> _counts;
  return null;
end $$;

-- A suspension that ends by itself tells nobody: followers who are back count again; how many follows. Called by the worker
-- on its clock.
create or replace function private.count_returned_followers() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _returned integer;
begin
  update public.follows set is_counted = true where not is_counted and not private.is_suspended(follower_id);
  get diagnostics _returned = row_count;
  return _returned;
end $$;

revoke execute on function
  private.follow_profile(uuid), private.unfollow_profile(uuid), private.refuse_to_follow(uuid, uuid),
  private.refuse_more_follows(uuid), private.follows_max(), private.tell_of_follower(uuid, uuid),
  private.following_row(uuid, uuid), private.face_row(public.public_profiles), private.is_follower(uuid, uuid),
  private.count_followers(), private.add_followers(uuid, bigint), private.count_as_follower(),
  private.count_returned_followers()
  from public;
grant execute on function
  private.follow_profile(uuid), private.unfollow_profile(uuid), private.refuse_to_follow(uuid, uuid),
  private.refuse_more_follows(uuid), private.follows_max(), private.tell_of_follower(uuid, uuid),
  private.following_row(uuid, uuid), private.face_row(public.public_profiles), private.is_follower(uuid, uuid),
  private.add_followers(uuid, bigint), private.count_returned_followers()
  to service_role;
