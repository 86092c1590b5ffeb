-- Who wants to have nothing to do with whom. A block is of a face and asked by faces, so that nobody finds out who is behind a
-- shadow by blocking it (ruling L17). Between two who blocked, one way or the other, nobody follows, calls, gives to or
-- invites the other; a creator's sessions are shut to whom they blocked as by a ban. None of it is said: each is refused
-- in the words of another reason. What the blocked write in somebody else's room is not kept from the blocker here, where
-- everybody would pay for it with each line, but by their own client, which has the list.

-- Whether one of two has blocked the other. Of people by their users' ids, which are those of their real profiles; of a face
-- worn in a session by the profile's.
create or replace function private.blocks_between(_one uuid, _other uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from private.blocks where blocks.blocker_id = _one and blocks.blocked_profile_id = _other)
      or exists (select from private.blocks where blocks.blocker_id = _other and blocks.blocked_profile_id = _one)
$$;

-- The actor blocks a face: `{"block": row}`. It is put out of the sessions that the actor hosts, and neither follows the other
-- any more.
create or replace function private.block_profile(_profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  blocks_max constant integer := 1000;
  _actor uuid := private.named_actor();
  _row   private.blocks;
begin
  if not exists (select from public.public_profiles where id = _profile) then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif exists (select from public.profiles where id = _profile and user_id = _actor) then
    perform private.refuse(422, 'unprocessable', 'Nobody blocks themselves.');
  elsif (select count(*) from private.blocks where blocker_id = _actor) >= blocks_max then
    perform private.refuse(409, 'too_many_blocked', 'You have blocked as many people as one may.', 'Unblock somebody first.',
      jsonb_build_object('blocks_max', blocks_max));
  end if;
  perform private.hold_doors(private.sessions_to_come_of(_actor));
  perform private.hold_accounts(_actor, _profile);
  delete from public.follows
   where (follower_id, followed_profile_id) in ((_actor, _profile), (_profile, _actor));
  insert into private.blocks (blocker_id, blocked_profile_id) values (_actor, _profile) on conflict do nothing;
  select * into _row from private.blocks where blocker_id = _actor and blocked_profile_id = _profile;
  perform private.put_out(seats)
     from public.live_participants seats
    where seats.session_id = any (private.sessions_to_come_of(_actor)) and seats.profile_id = _profile;
  return jsonb_build_object('block', private.block_row(_row));
end $$;

-- The sessions of a host that are live or may be, in which nobody comes and goes while their doors are held.
create or replace function private.sessions_to_come_of(_creator uuid) returns uuid[]
language sql stable security definer set search_path = '', pg_temp as $$
  select array(select sessions.id
                 from public.live_sessions sessions
                where sessions.creator_id = _creator and sessions.status in ('scheduled', 'live'))
$$;

-- The actor takes it back: `{"block": row}` as it was.
create or replace function private.unblock_profile(_profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.blocks;
begin
  delete from private.blocks where blocker_id = private.actor() and blocked_profile_id = _profile returning * into _row;
  if _row.blocker_id is null then
    perform private.refuse(404, 'not_found', 'You have not blocked this person.');
  end if;
  return jsonb_build_object('block', private.block_row(_row));
end $$;

-- Whom the actor has blocked, newest first: `{"blocks": [row, …]}`.
create or replace function private.own_blocks() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('blocks', coalesce(
           jsonb_agg(private.block_row(blocks) order by blocks.created_at desc, blocks.blocked_profile_id), '[]'))
    from private.blocks
   where blocks.blocker_id = private.actor()
$$;

create or replace function private.block_row(_row private.blocks) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'blocked_profile_id', _row.blocked_profile_id,
           'created_at',         _row.created_at)
$$;

revoke execute on function
  private.blocks_between(uuid, uuid), private.block_profile(uuid),
  private.sessions_to_come_of(uuid), private.unblock_profile(uuid), private.own_blocks(),
  private.block_row(private.blocks)
  from public;
grant execute on function
  private.blocks_between(uuid, uuid), private.block_profile(uuid),
  private.sessions_to_come_of(uuid), private.unblock_profile(uuid), private.own_blocks(),
  private.block_row(private.blocks)
  to service_role;
