-- A creator's own list of who should never come: named by profile, kept from every client, enforced by person at the door
-- and at once on the seat of that very profile alone, so that nobody learns who else it is (ruling L17).

-- Out of all of the actor's sessions, for good or until `_expires_at`: `{"ban": row}`. Banning again changes reason and end.
create or replace function private.ban_from_all(
  _profile uuid, _reason text default null, _expires_at timestamptz default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _user  uuid := (select user_id from public.profiles where id = _profile);
  _ban   private.creator_bans;
begin
  perform private.refuse_unless_creator('ban somebody from their sessions');
  if _user is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _user = _actor then
    perform private.refuse(422, 'unprocessable', 'Nobody bans themselves.');
  elsif _expires_at <= now() then
    perform private.refuse(422, 'unprocessable', 'A ban ends in the future.');
  end if;
  perform private.hold_doors(array(
    select sessions.id
      from public.live_sessions sessions
     where sessions.creator_id = _actor and sessions.status in ('scheduled', 'live')));
  insert into private.creator_bans (creator_id, profile_id, user_id, reason, expires_at)
  values (_actor, _profile, _user, _reason, _expires_at)
  on conflict (creator_id, profile_id) do update set reason = excluded.reason, expires_at = excluded.expires_at
  returning * into _ban;
  perform private.put_out_of_all(_actor, _profile, _user);
  perform private.log_act_in_all('ban_from_all', _profile, _reason, jsonb_build_object('expires_at', _expires_at));
  return jsonb_build_object('ban', private.creator_ban_row(_ban));
end $$;

-- The seats of the profile are left, and tickets of the person that were not used are given back.
create or replace function private.put_out_of_all(_creator uuid, _profile uuid, _user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _session uuid;
begin
  for _session in
    select sessions.id
      from public.live_sessions sessions
     where sessions.creator_id = _creator and sessions.status in ('scheduled', 'live')
     order by sessions.id
  loop
    perform private.hold_door(_session);
    perform private.put_out(seats)
       from public.live_participants seats where seats.session_id = _session and seats.profile_id = _profile;
    perform private.refund_unseen(_session, _user);
  end loop;
end $$;

-- Lift it: `{"ban": row}` as it was.
create or replace function private.lift_ban_from_all(_ban uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.creator_bans;
begin
  delete from private.creator_bans where id = _ban and creator_id = private.actor() returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such ban.');
  end if;
  perform private.log_act_in_all('lift_ban_from_all', _row.profile_id);
  return jsonb_build_object('ban', private.creator_ban_row(_row));
end $$;

-- Whether a face has no business with a creator: one of them blocked the other, or the creator keeps this very face out of
-- all of their sessions. It buys nothing of theirs then, gives them nothing and does not call, and each is refused in the words of
-- another reason. A ban of a shadow keeps who is behind it from nothing here, since that would tell (ruling L17).
create or replace function private.is_shut_out(_profile uuid, _creator uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select private.blocks_between(_profile, _creator)
      or exists (select from private.creator_bans bans
                  where bans.creator_id = _creator and bans.profile_id = _profile
                    and (bans.expires_at is null or bans.expires_at > now()))
$$;

-- The actor's list, newest first: `{"bans": [row, …]}`.
create or replace function private.own_bans(_bans_max integer default 1000) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('bans', coalesce(jsonb_agg(private.creator_ban_row(bans) order by bans.created_at desc), '[]'))
    from (select creator_bans.* from private.creator_bans
           where creator_bans.creator_id = private.actor()
           order by creator_bans.created_at desc
           limit _bans_max) bans
$$;

create or replace function private.creator_ban_row(_row private.creator_bans) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'profile_id', _row.profile_id,
           'reason',     _row.reason,
           'expires_at', _row.expires_at,
           'created_at', _row.created_at)
$$;

revoke execute on function
  private.ban_from_all(uuid, text, timestamptz), private.put_out_of_all(uuid, uuid, uuid), private.is_shut_out(uuid, uuid),
  private.lift_ban_from_all(uuid), private.own_bans(integer), private.creator_ban_row(private.creator_bans)
  from public;
grant execute on function
  private.ban_from_all(uuid, text, timestamptz), private.put_out_of_all(uuid, uuid, uuid), private.is_shut_out(uuid, uuid),
  private.lift_ban_from_all(uuid), private.own_bans(integer), private.creator_ban_row(private.creator_bans)
  to service_role;
