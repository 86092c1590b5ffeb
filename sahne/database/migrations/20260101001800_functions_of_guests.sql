-- The functions of guests as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Guests and co-hosts (rulings R4, L5, L8). An invitation is kept on the invited person's participant row and changes
-- nothing until it is accepted; a request is a row of its own and lives 60 seconds.

-- Offer a place on stage: `{"participant": row}`. Only a profile that has a seat: of the others nobody can know who is behind
-- (ruling L17). Before the start a real profile can be invited; its row is made, inactive.
create or replace function private.invite_profile(_session uuid, _profile uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  lifetime constant interval := interval '5 minutes';
  _row     public.live_sessions := private.own_session(_session);
  _face    public.profiles;
  _seat    public.live_participants;
begin
  if _role is null or _role not in ('co_host', 'invited_guest', 'moderator', 'speaker') then
    perform private.refuse(422, 'unprocessable', 'Nobody is invited as that.',
      'Invite as co_host, invited_guest, speaker or moderator.');
  end if;
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session;
  if _row.status not in ('scheduled', 'live') then
    perform private.refuse(409, 'session_not_live', 'The session is over.');
  end if;
  select * into _face from public.profiles where id = _profile;
  if _face.id is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _face.user_id = private.actor() then
    perform private.refuse(422, 'unprocessable', 'The host is on stage already.');
  -- of this profile: a ban of another one of the same person must not show here (ruling L17)
  elsif private.is_profile_banned(_row, _profile) then
    perform private.refuse(409, 'banned', 'This person is banned from the session.', 'Lift the ban first.');
  end if;
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if _seat.id is null then
    if _row.status = 'live' or _face.type = 'shadow' then
      perform private.refuse(409, 'not_in_session', 'Only people in the session can be invited on its stage.',
        'Before it starts real profiles can be invited as well.');
    end if;
    insert into public.live_participants (session_id, user_id, profile_id, role, is_active, joined_at, livekit_identity,
                                          is_video_enabled)
    values (_session, _face.user_id, _profile, private.audience_role(_session), false, null, _profile::text, false)
    returning * into _seat;
  end if;
  perform private.refuse_role_of(_face, _role);
  if private.blocks_between(_profile, private.actor()) then
    perform private.refuse(409, 'cannot_invite', 'This person cannot be invited now.');
  elsif _seat.role = _role then
    perform private.refuse(409, 'cannot_invite', 'This person has that role already.');
  end if;
  perform private.refuse_haste('invitation', _session);
  perform private.refuse_haste('invitation_to', _profile);
  update public.live_participants
     set invited_at = now(), invitation_expires_at = now() + lifetime, invitation_response = 'pending',
         invited_role = _role
   where id = _seat.id
  returning * into _seat;
  return jsonb_build_object('participant', private.participant_row(_seat));
end $$;

-- Whether this very profile is banned, from the session or from all of its creator's, or blocked by them.
create or replace function private.is_profile_banned(_row public.live_sessions, _profile uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from public.live_session_bans bans
                  where bans.session_id = _row.id and bans.banned_profile_id = _profile
                    and (bans.expires_at is null or bans.expires_at > now()))
      or exists (select from private.creator_bans bans
                  where bans.creator_id = _row.creator_id and bans.profile_id = _profile
                    and (bans.expires_at is null or bans.expires_at > now()))
      or exists (select from private.blocks
                  where blocks.blocker_id = _row.creator_id and blocks.blocked_profile_id = _profile)
$$;

-- `{"participant": row, "seat"}`: the role is theirs, now or when they join.
create or replace function private.accept_invitation(_participant uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants := private.pending_invitation(_participant);
begin
  if private.is_banned(_seat.session_id, _seat.user_id) then
    perform private.refuse(403, 'banned', 'You are banned from this session.');
  end if;
  if _seat.invited_role <> 'moderator' then
    perform private.refuse_full_stage(_seat.session_id, _seat.id);
  end if;
  update public.live_participants set invitation_response = 'accepted' where id = _participant;
  return private.give_role(_participant, _seat.invited_role);
end $$;

-- `{"participant": row}`.
create or replace function private.reject_invitation(_participant uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants := private.pending_invitation(_participant);
begin
  update public.live_participants set invitation_response = 'rejected', invited_role = null
   where id = _participant
  returning * into _seat;
  return jsonb_build_object('participant', private.participant_row(_seat));
end $$;

-- The actor's own pending invitation, with the session's door held.
create or replace function private.pending_invitation(_participant uuid) returns public.live_participants
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat public.live_participants;
begin
  select * into _seat from public.live_participants where id = _participant and user_id = private.actor();
  if _seat.id is null or _seat.invitation_response is null then
    perform private.refuse(404, 'not_found', 'There is no such invitation.');
  end if;
  perform private.hold_door(_seat.session_id);
  select * into _seat from public.live_participants where id = _participant;
  if _seat.invitation_response = 'expired'
     or (_seat.invitation_response = 'pending' and _seat.invitation_expires_at <= now()) then
    perform private.refuse(410, 'invitation_expired', 'The invitation has expired.', 'Ask the host for another.');
  elsif _seat.invitation_response <> 'pending' then
    perform private.refuse(409, 'already_answered', 'The invitation was answered already.', null,
      jsonb_build_object('invitation_response', _seat.invitation_response));
  end if;
  return _seat;
end $$;

-- Step down from the stage, the role with it: `{"participant": row}`. Who is not up, or is up no more, stays what they are.
create or replace function private.leave_stage(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _seat  public.live_participants;
begin
  perform private.hold_door(_session);
  select * into _seat from public.live_participants where session_id = _session and user_id = _actor;
  if _seat.id is null then
    perform private.refuse(404, 'not_found', 'There is no place of yours in this session.');
  elsif _seat.is_active and private.is_on_stage(_seat.role) then
    return private.give_role(_seat.id, private.audience_role(_session));
  end if;
  return jsonb_build_object('participant', private.participant_row(_seat));
end $$;

-- Ask to come on stage: `{"guest_request": row}`.
create or replace function private.request_to_join(_session uuid, _message text default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid := private.named_actor();
  _row     public.live_sessions;
  _seat    public.live_participants;
  _request public.live_guest_requests;
begin
  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  select * into _seat from public.live_participants where session_id = _session and user_id = _actor;
  if _seat.is_active is not true then
    perform private.refuse(403, 'not_in_session', 'Only people in the session can ask to join.', 'Join it first.');
  elsif _seat.role not in ('viewer', 'listener') then
    perform private.refuse(409, 'already_on_stage', 'You are on stage already.');
  end if;
  perform private.refuse_content(_message, _seat.role, _row.creator_id, _row.chat_links_enabled);
  perform private.expire_requests_of(_session, _actor);
  insert into public.live_guest_requests (session_id, requester_id, requester_profile_id, message)
  values (_session, _actor, _seat.profile_id, _message)
  on conflict (session_id, requester_id) where status = 'pending' do nothing
  returning * into _request;
  if not found then
    perform private.refuse(409, 'already_asked', 'You have asked already.', 'Wait for the answer, or cancel it.');
  end if;
  perform private.refuse_haste('request', _session);
  return jsonb_build_object('guest_request', private.guest_request_row(_request));
end $$;

-- The host or a moderator says yes: `{"guest_request": row, "participant": row, "seat"}`.
create or replace function private.approve_request(_request uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_guest_requests := private.pending_request(_request);
  _seat public.live_participants;
begin
  perform private.moderator_rank(_row.session_id);
  select * into _seat from public.live_participants
   where session_id = _row.session_id and user_id = _row.requester_id;
  if _seat.is_active is not true or private.is_banned(_row.session_id, _row.requester_id) then
    perform private.refuse(409, 'requester_gone', 'This person is no longer in the session.');
  end if;
  perform private.refuse_full_stage(_row.session_id, _seat.id);
  _row := private.answer_request(_request, 'approved');
  return jsonb_build_object('guest_request', private.guest_request_row(_row)) || private.give_role(
    _seat.id, case when private.audience_role(_row.session_id) = 'listener' then 'speaker' else 'invited_guest' end);
end $$;

-- The host or a moderator says no: `{"guest_request": row}`.
create or replace function private.reject_request(_request uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_guest_requests := private.pending_request(_request);
begin
  perform private.moderator_rank(_row.session_id);
  return jsonb_build_object('guest_request',
    private.guest_request_row(private.answer_request(_request, 'rejected')));
end $$;

-- The requester thinks better of it: `{"guest_request": row}`.
create or replace function private.cancel_request(_request uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.live_guest_requests := private.pending_request(_request);
begin
  if _row.requester_id <> private.actor() then
    perform private.refuse(403, 'forbidden', 'Only the person who asked can cancel the request.', 'Reject it instead.');
  end if;
  return jsonb_build_object('guest_request',
    private.guest_request_row(private.answer_request(_request, 'cancelled')));
end $$;

-- A pending request, locked, with the session's door held.
create or replace function private.pending_request(_request uuid) returns public.live_guest_requests
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_guest_requests;
begin
  select * into _row from public.live_guest_requests where id = _request;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such request.');
  elsif _row.requester_id <> private.actor() then
    perform private.moderator_rank(_row.session_id);
  end if;
  perform private.hold_door(_row.session_id);
  select * into _row from public.live_guest_requests where id = _request for update;
  if _row.status = 'expired' or (_row.status = 'pending' and _row.expires_at <= now()) then
    perform private.refuse(410, 'request_expired', 'The request has expired.', 'It can be made again.');
  elsif _row.status <> 'pending' then
    perform private.refuse(409, 'already_answered', 'The request was answered already.', null,
      jsonb_build_object('status', _row.status));
  end if;
  return _row;
end $$;

create or replace function private.answer_request(_request uuid, _status text) returns public.live_guest_requests
language sql security definer set search_path = '', pg_temp as $$
  update public.live_guest_requests
     set status = _status, responded_at = now(), responded_by = private.actor()
   where id = _request
  returning *
$$;

-- Requests that ran out no longer stand in the way of a new one.
create or replace function private.expire_requests_of(_session uuid, _user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform from public.live_sessions where id = _session for key share;
  perform private.hold_accounts(_user);
  update public.live_guest_requests
     set status = 'expired'
   where session_id = _session and requester_id = _user and status = 'pending' and expires_at <= now();
end $$;

-- Invitations and requests whose time is over, at most so many of each; how many. Called by the server on its clock; one that
-- cannot lapse holds up no other (`sweeps.sql`).
create or replace function private.expire_guests(_rows_max integer default 100) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row     uuid;
  _expired integer := 0;
begin
  for _row in
    select id from public.live_participants
     where invitation_response = 'pending' and invitation_expires_at <= now() and not private.is_put_off('expire_guests', id)
     limit _rows_max
       for no key update skip locked
  loop
    begin
      update public.live_participants set invitation_response = 'expired' where id = _row;
      _expired := _expired + 1;
    exception when others then
      perform private.put_off('expire_guests', _row, sqlerrm);
    end;
  end loop;
  for _row in
    select id from public.live_guest_requests
     where status = 'pending' and expires_at <= now() and not private.is_put_off('expire_guests', id)
     limit _rows_max
       for no key update skip locked
  loop
    begin
      update public.live_guest_requests set status = 'expired' where id = _row;
      _expired := _expired + 1;
    exception when others then
      perform private.put_off('expire_guests', _row, sqlerrm);
    end;
  end loop;
  return _expired;
end $$;

revoke execute on function
  private.invite_profile(uuid, uuid, text), private.is_profile_banned(public.live_sessions, uuid),
  private.accept_invitation(uuid), private.reject_invitation(uuid), private.pending_invitation(uuid),
  private.leave_stage(uuid), private.request_to_join(uuid, text), private.approve_request(uuid), private.reject_request(uuid),
  private.cancel_request(uuid), private.pending_request(uuid), private.answer_request(uuid, text),
  private.expire_requests_of(uuid, uuid), private.expire_guests(integer)
  from public;
grant execute on function
  private.invite_profile(uuid, uuid, text), private.is_profile_banned(public.live_sessions, uuid),
  private.accept_invitation(uuid), private.reject_invitation(uuid), private.pending_invitation(uuid),
  private.leave_stage(uuid), private.request_to_join(uuid, text), private.approve_request(uuid), private.reject_request(uuid),
  private.cancel_request(uuid), private.pending_request(uuid), private.answer_request(uuid, text),
  private.expire_requests_of(uuid, uuid), private.expire_guests(integer)
  to service_role;
