-- A row as its reader could `select` it: the JSON of our operations has the columns clients have a grant on and no other
-- (ruling L17). One place per table; a test compares each with the grants.

create or replace function private.session_row(_row public.live_sessions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select to_jsonb(_row)
$$;

create or replace function private.participant_row(_row public.live_participants) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select to_jsonb(_row) - '{user_id,livekit_participant_sid,total_watch_time_seconds,paid_amount,payment_id}'::text[]
$$;

create or replace function private.message_row(_row public.live_messages) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select to_jsonb(_row) - '{sender_id,deleted_by}'::text[]
$$;

create or replace function private.live_gift_row(_row public.live_gifts) returns jsonb
language plpgsql stable set search_path = '', pg_temp as $$
begin
  return to_jsonb(_row) - 'sender_id';
end $$;

create or replace function private.call_row(_row public.calls) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select to_jsonb(_row)
$$;

create or replace function private.ban_row(_row public.live_session_bans) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select to_jsonb(_row) - '{banned_user_id,banned_by}'::text[]
$$;

create or replace function private.guest_request_row(_row public.live_guest_requests) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select to_jsonb(_row) - '{requester_id,responded_by}'::text[]
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
