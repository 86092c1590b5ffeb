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
