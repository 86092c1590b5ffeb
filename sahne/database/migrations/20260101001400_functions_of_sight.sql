-- The functions of who is what in a session and what is seen of it as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Who is what in a session, who is on its stage, and how many fit there.

-- The host gives a role that needs no consent: moderator, or back among the audience; in an audio room also speaker.
-- `{"participant": row, "seat"}`.
create or replace function private.change_role(_session uuid, _profile uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row  public.live_sessions := private.own_session(_session);
  _seat public.live_participants;
begin
  if _role is null or _role not in ('moderator', 'viewer', 'listener', 'speaker')
     or (_role = 'speaker' and _row.session_type <> 'audio_room') then
    perform private.refuse(422, 'unprocessable', 'This role is not given like that.',
      'Give moderator, viewer, listener (or speaker in an audio room); guests and co-hosts are invited.');
  elsif _row.status in ('ended', 'cancelled') then
    perform private.refuse(409, 'session_over', 'The session is over; everybody keeps the role they had.');
  end if;
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  if _role in ('moderator', 'speaker') then
    perform private.refuse_role_of(profiles, _role) from public.profiles where profiles.id = _profile;
  end if;
  if _role = 'speaker' then
    perform private.refuse_full_stage(_session, _seat.id);
  end if;
  perform private.log_act(_session, 'role', _profile, _details => jsonb_build_object('role', _role));
  return private.give_role(_seat.id, case when _role in ('viewer', 'listener')
                                          then private.audience_role(_session) else _role end);
end $$;

-- The role in the row, and the order that makes LiveKit's permission follow; a chat is told who came up, of somebody who is away
-- when they enter (`private.untold_roles`). The door is held.
create or replace function private.give_role(_participant uuid, _role text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old  text := (select role from public.live_participants where id = _participant);
  _seat public.live_participants;
begin
  update public.live_participants set role = _role where id = _participant returning * into _seat;
  perform private.order_for_seat('update_permission', _seat);
  insert into private.untold_roles (participant_id, old_role) values (_participant, _old) on conflict do nothing;
  if _seat.is_active then
    perform private.say_untold_role(_seat);
  end if;
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- What somebody who is there became since everybody was told last.
create or replace function private.say_untold_role(_seat public.live_participants) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old text;
begin
  delete from private.untold_roles where participant_id = _seat.id returning old_role into _old;
  if found then
    perform private.say_role(_seat, _old);
  end if;
end $$;

-- Who came on stage, or keeps order from now on, is told to everybody.
create or replace function private.say_role(_seat public.live_participants, _old text) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _seat.role = 'moderator' and _old <> 'moderator' then
    perform private.say_system(_seat.session_id, 'became_moderator', jsonb_build_object('profile_id', _seat.profile_id));
  elsif private.is_on_stage(_seat.role) and not private.is_on_stage(_old) then
    perform private.say_system(_seat.session_id, 'came_on_stage',
      jsonb_build_object('profile_id', _seat.profile_id, 'role', _seat.role));
  end if;
end $$;

-- What somebody is who is not on stage.
create or replace function private.audience_role(_session uuid) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  select case sessions.session_type when 'audio_room' then 'listener' else 'viewer' end
    from public.live_sessions sessions where sessions.id = _session
$$;

-- Who is on stage beside the host. As an array, so that an index can answer `role = any (private.stage_roles())`.
create or replace function private.stage_roles() returns text[]
language sql immutable set search_path = '', pg_temp as $$
  select '{co_host,invited_guest,speaker}'::text[]
$$;

create or replace function private.is_on_stage(_role text) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select _role = any (private.stage_roles())
$$;

-- How many fit on a stage beside the host, by the settings.
create or replace function private.guests_max() returns integer
language sql stable security definer set search_path = '', pg_temp as $$
  select (private.settings()).stage_guests_max
$$;

-- Whether as many are on stage as fit, not counting one.
create or replace function private.is_stage_full(_session uuid, _but_for uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select count(*) >= private.guests_max()
    from public.live_participants
   where session_id = _session and is_active and id <> _but_for and role = any (private.stage_roles())
$$;

create or replace function private.refuse_full_stage(_session uuid, _participant uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.is_stage_full(_session, _participant) then
    perform private.refuse(409, 'stage_full', 'The stage is full.', 'Send somebody back to the audience first.',
      jsonb_build_object('guests_max', private.guests_max()));
  end if;
end $$;

-- Roles are for people who can be found again: an anonymous sign-in only watches, a shadow moderates nothing (ruling R1).
create or replace function private.refuse_role_of(_profile public.profiles, _role text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(_profile.user_id) then
    perform private.refuse(422, 'unprocessable', 'An anonymous sign-in can only watch.');
  elsif _profile.type = 'shadow' and _role in ('co_host', 'moderator') then
    perform private.refuse(422, 'unprocessable', 'A shadow profile is invited as a guest only.');
  end if;
end $$;

revoke execute on function
  private.change_role(uuid, uuid, text), private.give_role(uuid, text), private.say_untold_role(public.live_participants),
  private.say_role(public.live_participants, text), private.audience_role(uuid),
  private.stage_roles(), private.is_on_stage(text), private.guests_max(), private.is_stage_full(uuid, uuid),
  private.refuse_full_stage(uuid, uuid), private.refuse_role_of(public.profiles, text)
  from public;
grant execute on function
  private.change_role(uuid, uuid, text), private.give_role(uuid, text), private.say_untold_role(public.live_participants),
  private.say_role(public.live_participants, text), private.audience_role(uuid),
  private.stage_roles(), private.is_on_stage(text), private.guests_max(), private.is_stage_full(uuid, uuid),
  private.refuse_full_stage(uuid, uuid), private.refuse_role_of(public.profiles, text)
  to service_role;

-- The questions that the stage's policies ask of other tables (ruling R9): each one SELECT, run as the owner so that
-- nothing recurses and hidden columns stay hidden, used as `x in (select private.…_ids())`.

create or replace function private.hosted_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
$$;

-- Sessions the caller hosts or moderates.
create or replace function private.moderated_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select sessions.id from public.live_sessions sessions where sessions.creator_id = (select auth.uid())
  union all
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.role = 'moderator'
$$;

-- Sessions the caller is in now.
create or replace function private.active_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.is_active
$$;

-- Sessions the caller was ever in; an invitation alone is not being there (ruling L8).
create or replace function private.attended_session_ids() returns setof uuid
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id
    from public.live_participants participants
   where participants.user_id = (select auth.uid()) and participants.joined_at is not null
$$;

-- Where the caller may write now, and under which profile: active, not banned, named, the session live.
create or replace function private.open_seats() returns table (session_id uuid, profile_id uuid, role text, chat_enabled boolean)
language sql stable security definer set search_path = '', pg_temp as $$
  select participants.session_id, participants.profile_id, participants.role, sessions.chat_enabled
    from public.live_participants participants
    join public.live_sessions sessions on sessions.id = participants.session_id
   where participants.user_id = (select auth.uid())
     and participants.is_active
     and sessions.status = 'live'
     and (select private.is_named_user())
     and not private.is_banned(participants.session_id, participants.user_id)
$$;

revoke execute on function
  private.hosted_session_ids(), private.moderated_session_ids(), private.active_session_ids(),
  private.attended_session_ids(), private.open_seats()
  from public;
grant execute on function
  private.hosted_session_ids(), private.moderated_session_ids(), private.active_session_ids(),
  private.attended_session_ids(), private.open_seats()
  to anon, authenticated, service_role;

-- A row as its reader could `select` it: the JSON of our operations has the columns named here and no other (ruling L17).
-- One place per table; a test compares each with the grants.

create or replace function private.session_row(_row public.live_sessions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                     _row.id,
           'creator_id',             _row.creator_id,
           'creator_profile_id',     _row.creator_profile_id,
           'title',                  _row.title,
           'description',            _row.description,
           'thumbnail_url',          _row.thumbnail_url,
           'session_type',           _row.session_type,
           'access_type',            _row.access_type,
           'ppv_coin_price',         _row.ppv_coin_price,
           'livekit_room_name',      _row.livekit_room_name,
           'livekit_room_sid',       _row.livekit_room_sid,
           'status',                 _row.status,
           'scheduled_at',           _row.scheduled_at,
           'started_at',             _row.started_at,
           'ended_at',               _row.ended_at,
           'peak_viewers',           _row.peak_viewers,
           'total_viewers',          _row.total_viewers,
           'total_duration_seconds', _row.total_duration_seconds,
           'total_gifts_received',   _row.total_gifts_received,
           'total_messages',         _row.total_messages,
           'chat_enabled',           _row.chat_enabled,
           'gifts_enabled',          _row.gifts_enabled,
           'recording_enabled',      _row.recording_enabled,
           'created_at',             _row.created_at,
           'updated_at',             _row.updated_at,
           'interrupted_at',         _row.interrupted_at,
           'viewer_count',           _row.viewer_count,
           'min_tier_id',            _row.min_tier_id,
           'slow_mode_seconds',      _row.slow_mode_seconds,
           'chat_audience',          _row.chat_audience,
           'chat_links_enabled',     _row.chat_links_enabled,
           'max_viewers',            _row.max_viewers,
           'category',               _row.category,
           'tags',                   _row.tags,
           'language',               _row.language,
           'series_id',              _row.series_id)
$$;

create or replace function private.participant_row(_row public.live_participants) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                    _row.id,
           'session_id',            _row.session_id,
           'profile_id',            _row.profile_id,
           'role',                  _row.role,
           'is_active',             _row.is_active,
           'is_muted',              _row.is_muted,
           'is_video_enabled',      _row.is_video_enabled,
           'invited_at',            _row.invited_at,
           'invitation_expires_at', _row.invitation_expires_at,
           'invitation_response',   _row.invitation_response,
           'livekit_identity',      _row.livekit_identity,
           'joined_at',             _row.joined_at,
           'left_at',               _row.left_at,
           'created_at',            _row.created_at,
           'updated_at',            _row.updated_at,
           'invited_role',          _row.invited_role)
$$;

create or replace function private.message_row(_row public.live_messages) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                _row.id,
           'session_id',        _row.session_id,
           'sender_profile_id', _row.sender_profile_id,
           'message_type',      _row.message_type,
           'content',           _row.content,
           'gift_id',           _row.gift_id,
           'gift_quantity',     _row.gift_quantity,
           'gift_coin_value',   _row.gift_coin_value,
           'is_deleted',        _row.is_deleted,
           'is_pinned',         _row.is_pinned,
           'created_at',        _row.created_at,
           'seq',               _row.seq,
           'deleted_at',        _row.deleted_at,
           'sender_tier',       _row.sender_tier,
           'gift_combo_id',     _row.gift_combo_id,
           'gift_combo_count',  _row.gift_combo_count,
           'details',           _row.details)
$$;

-- A gift's is asked for once per gift: plpgsql keeps its plan.
create or replace function private.live_gift_row(_row public.live_gifts) returns jsonb
language plpgsql stable set search_path = '', pg_temp as $$
begin
  return jsonb_build_object(
    'id',                _row.id,
    'session_id',        _row.session_id,
    'receiver_id',       _row.receiver_id,
    'gift_id',           _row.gift_id,
    'quantity',          _row.quantity,
    'coin_amount',       _row.coin_amount,
    'transaction_id',    _row.transaction_id,
    'created_at',        _row.created_at,
    'sender_profile_id', _row.sender_profile_id,
    'combo_id',          _row.combo_id,
    'combo_count',       _row.combo_count,
    'refunded_at',       _row.refunded_at);
end $$;

create or replace function private.call_row(_row public.calls) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                _row.id,
           'caller_id',         _row.caller_id,
           'callee_id',         _row.callee_id,
           'call_type',         _row.call_type,
           'livekit_room_name', _row.livekit_room_name,
           'livekit_room_sid',  _row.livekit_room_sid,
           'status',            _row.status,
           'initiated_at',      _row.initiated_at,
           'answered_at',       _row.answered_at,
           'ended_at',          _row.ended_at,
           'duration_seconds',  _row.duration_seconds,
           'ended_by',          _row.ended_by,
           'end_reason',        _row.end_reason,
           'is_paid',           _row.is_paid,
           'coin_per_minute',   _row.coin_per_minute,
           'total_coin_spent',  _row.total_coin_spent,
           'created_at',        _row.created_at,
           'updated_at',        _row.updated_at,
           'coins_last_until',  _row.coins_last_until)
$$;

create or replace function private.ban_row(_row public.live_session_bans) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                _row.id,
           'session_id',        _row.session_id,
           'reason',            _row.reason,
           'expires_at',        _row.expires_at,
           'created_at',        _row.created_at,
           'banned_profile_id', _row.banned_profile_id)
$$;

create or replace function private.guest_request_row(_row public.live_guest_requests) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',                   _row.id,
           'session_id',           _row.session_id,
           'requester_profile_id', _row.requester_profile_id,
           'status',               _row.status,
           'message',              _row.message,
           'responded_at',         _row.responded_at,
           'expires_at',           _row.expires_at,
           'created_at',           _row.created_at)
$$;

-- What LiveKit is told of a seat: `{room, identity, role, session_type, is_muted, name, avatar_url}`.
create or replace function private.seat_of(_row public.live_participants) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'room',         sessions.livekit_room_name,
           'identity',     _row.profile_id,
           'role',         _row.role,
           'session_type', sessions.session_type,
           'is_muted',     _row.is_muted,
           'name',         coalesce(faces.display_name, faces.username),
           'avatar_url',   faces.avatar_url)
    from public.live_sessions sessions
    left join public.public_profiles faces on faces.id = _row.profile_id
   where sessions.id = _row.session_id
$$;

revoke execute on function
  private.session_row(public.live_sessions), private.participant_row(public.live_participants),
  private.message_row(public.live_messages), private.live_gift_row(public.live_gifts), private.call_row(public.calls),
  private.ban_row(public.live_session_bans), private.guest_request_row(public.live_guest_requests),
  private.seat_of(public.live_participants)
  from public;
grant execute on function
  private.session_row(public.live_sessions), private.participant_row(public.live_participants),
  private.message_row(public.live_messages), private.live_gift_row(public.live_gifts), private.call_row(public.calls),
  private.ban_row(public.live_session_bans), private.guest_request_row(public.live_guest_requests),
  private.seat_of(public.live_participants)
  to service_role;
