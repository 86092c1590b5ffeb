-- Promises and shadows: functions as sahne/database/functions tells them from here on.

-- who calls what is dropped here changes with it
-- squawk-ignore-file ban-drop-function

set local check_function_bodies = off;

drop function private.unsent_invitation(uuid,uuid,text,interval);

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
  insert into private.creator_bans (creator_id, profile_id, user_id, reason, expires_at)
  values (_actor, _profile, _user, _reason, _expires_at)
  on conflict (creator_id, profile_id) do update set reason = excluded.reason, expires_at = excluded.expires_at
  returning * into _ban;
  perform private.put_out_of_all(_actor, _profile, _user);
  return jsonb_build_object('ban', private.creator_ban_row(_ban));
end $$;

revoke execute on function private.ban_from_all(uuid,text,timestamp with time zone) from public, anon, authenticated, service_role;
grant execute on function private.ban_from_all(uuid,text,timestamp with time zone) to service_role;

-- Put somebody out for good, or until `_expires_at`: `{"ban": row}`. Banning again changes reason and end. Only a profile
-- that has a seat: of the others nobody can know who is behind, and two of one person would tell (ruling L17).
create or replace function private.ban_profile(
  _session uuid, _profile uuid, _reason text default null, _expires_at timestamptz default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rank integer := private.moderator_rank(_session);
  _user uuid := (select user_id from public.profiles where id = _profile);
  _seat public.live_participants;
  _ban  public.live_session_bans;
begin
  if _user is null then
    perform private.refuse(404, 'not_found', 'There is no such profile.');
  elsif _expires_at <= now() then
    perform private.refuse(422, 'unprocessable', 'A ban ends in the future.');
  end if;
  perform private.hold_door(_session);
  select * into _seat from public.live_participants where session_id = _session and profile_id = _profile;
  if _profile = (select creator_profile_id from public.live_sessions where id = _session) or _user = private.actor()
     or private.role_rank(_seat.role) >= _rank then
    perform private.refuse(403, 'forbidden', 'The host and moderators cannot do this to their equals.');
  elsif _seat.id is null then
    perform private.refuse(409, 'not_in_session', 'Only who is in the session is banned from it.',
      'A creator bans others from all of their sessions.');
  end if;
  insert into public.live_session_bans as bans (session_id, banned_user_id, banned_by, banned_profile_id, reason, expires_at)
  values (_session, _user, private.actor(), _profile, _reason, _expires_at)
  on conflict (session_id, banned_user_id) do update
     set id                = case when bans.banned_profile_id = _profile then bans.id else excluded.id end,
         created_at        = case when bans.banned_profile_id = _profile then bans.created_at else excluded.created_at end,
         banned_by         = excluded.banned_by,
         banned_profile_id = excluded.banned_profile_id,
         reason            = excluded.reason,
         expires_at        = excluded.expires_at
  returning * into _ban;
  perform private.put_out(_seat);
  return jsonb_build_object('ban', private.ban_row(_ban));
end $$;

drop function private.buy_ticket(uuid,text);

-- Pay once: `{"ticket": {"id", "session_id", "price", "status", "created_at"}, "wallet": {"balance"}}`.
-- Whoever holds a ticket gets it again and pays nothing. `_expected_price` is what the buyer was shown; null where nothing was.
create or replace function private.buy_ticket(_session uuid, _key text, _expected_price integer default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor   uuid  := private.named_actor();
  _request jsonb := jsonb_strip_nulls(jsonb_build_object('session_id', _session, 'expected_price', _expected_price));
  _answer  jsonb := private.claim_key(_actor, 'ticket', _key, _request);
  _row     public.live_sessions;
  _ticket  private.tickets;
begin
  if _answer is not null then return _answer; end if;
  perform private.hold_door(_session);
  -- "share": a creator's own statement takes no door, and price and access must stay while this ticket is paid
  select * into _row from public.live_sessions where id = _session for share;
  if private.is_banned(_session, _actor) then
    perform private.refuse_entry('banned', _row);
  elsif _row.access_type <> 'pay_per_view' or _row.creator_id = _actor then
    perform private.refuse(409, 'ticket_not_needed', 'No ticket is needed for this session.', 'Join it.');
  end if;
  select * into _ticket from private.tickets
   where session_id = _session and user_id = _actor and status <> 'refunded';
  if _ticket.id is null then
    if _row.status not in ('scheduled', 'live') then
      perform private.refuse(409, 'session_over', 'The session is over.', null,
        jsonb_build_object('status', _row.status));
    elsif _expected_price <> _row.ppv_coin_price then
      perform private.refuse(409, 'price_changed', 'The price is another one by now.', 'Show it, and ask again.',
        jsonb_build_object('ppv_coin_price', _row.ppv_coin_price, 'expected_price', _expected_price));
    end if;
    _ticket.id := gen_random_uuid();
    _ticket.wallet_id := private.wallet_of(_actor);
    _ticket.payment_id := private.move_coins('ticket', 'ticket:' || _key, 'ticket', _ticket.id, _ticket.wallet_id,
      array[private.wallet_of_kind('escrow')], array[_row.ppv_coin_price]);
    insert into private.tickets (id, session_id, user_id, wallet_id, price, payment_id)
    values (_ticket.id, _session, _actor, _ticket.wallet_id, _row.ppv_coin_price, _ticket.payment_id)
    -- one that was given back is bought anew
    on conflict (session_id, user_id) do update
       set id = excluded.id, price = excluded.price, status = excluded.status, payment_id = excluded.payment_id,
           created_at = excluded.created_at, settled_at = null
    returning * into _ticket;
    update public.live_participants set paid_amount = _ticket.price, payment_id = _ticket.payment_id
     where session_id = _session and user_id = _actor;
  end if;
  return private.keep_answer(_actor, 'ticket', _key, _request, jsonb_build_object(
    'ticket', private.ticket_row(_ticket),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor))));
end $$;

revoke execute on function private.buy_ticket(uuid,text,integer) from public, anon, authenticated, service_role;
grant execute on function private.buy_ticket(uuid,text,integer) to service_role;

-- A scheduled session takes place no more, and its tickets are refunded: how many. The door is held.
create or replace function private.call_off(_session uuid) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.live_sessions set status = 'cancelled', ended_at = now() where id = _session and status = 'scheduled';
  update public.live_participants set invitation_response = 'expired'
   where session_id = _session and invitation_response = 'pending';
  return private.refund_tickets(_session);
end $$;

revoke execute on function private.call_off(uuid) from public, anon, authenticated, service_role;
grant execute on function private.call_off(uuid) to service_role;

-- Sessions that sold tickets and whose host never came: cancelled `no_show_hours` after their time, or thirty days after they
-- were made where none was said; how many. Money in escrow always has an end (ruling R14). Called by the server on its clock.
create or replace function private.cancel_no_shows(_sessions_max integer default 20) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _session   uuid;
  _cancelled integer := 0;
begin
  for _session in
    select sessions.id
      from public.live_sessions sessions
     cross join private.settings
     where sessions.status = 'scheduled'
       and sessions.id in (select tickets.session_id from private.tickets where tickets.status = 'paid')
       and coalesce(sessions.scheduled_at + settings.no_show_hours * interval '1 hour',
                    sessions.created_at + interval '30 days') < now()
     order by sessions.id
     limit _sessions_max
  loop
    perform private.hold_door(_session);
    if exists (select from public.live_sessions where id = _session and status = 'scheduled') then
      perform private.call_off(_session);
      _cancelled := _cancelled + 1;
    end if;
  end loop;
  return _cancelled;
end $$;

revoke execute on function private.cancel_no_shows(integer) from public, anon, authenticated, service_role;
grant execute on function private.cancel_no_shows(integer) to service_role;

-- Call it off before it starts; tickets are refunded: `{"session", "cancelled", "refunds"}`.
create or replace function private.cancel_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row       public.live_sessions := private.own_session(_session);
  _cancelled boolean;
  _refunds   integer := 0;
begin
  perform private.hold_door(_session);
  select status = 'scheduled' into _cancelled from public.live_sessions where id = _session;
  if _cancelled then
    _refunds := private.call_off(_session);
  end if;
  select * into _row from public.live_sessions where id = _session;
  if _row.status <> 'cancelled' then
    perform private.refuse(409, 'session_not_scheduled', 'Only a scheduled session can be cancelled.',
      'End it instead.', jsonb_build_object('status', _row.status));
  end if;
  return jsonb_build_object('session', private.session_row(_row), 'cancelled', _cancelled, 'refunds', _refunds);
end $$;

create or replace function private.check_client_message() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if new.message_type <> 'text' then
    perform private.forbid('Only text messages can be posted', 'Gifts are sent through their operation.');
  end if;
  perform private.forbid_for(private.silence_reason(new.session_id, new.sender_profile_id), 'A viewer', 'post');
  if new.session_id in (select private.active_session_ids())
     and not (select chat_enabled from public.live_sessions where id = new.session_id) then
    perform private.forbid('The chat of this session is off', 'The host can turn it on.');
  end if;
  perform private.forbid_outside(new.session_id, 'post');
  perform private.keep_pace(new.session_id);
  return new;
end $$;

create or replace function private.check_client_session() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if private.is_suspended(auth.uid()) then
      perform private.forbid_for('suspended', 'A creator', 'open a session');
    elsif not private.is_creator() then
      perform private.forbid('Only creators can open a session', 'Ask to be made a creator.');
    elsif new.creator_profile_id is null or new.creator_profile_id not in (select private.creator_profile_ids()) then
      perform private.forbid('A session is opened under the creator''s real profile',
        'Send your own id as creator_profile_id too.');
    end if;
    perform private.forbid_false_promise(null, new);
    return new;
  end if;
  perform private.forbid_false_promise(old, new);
  case private.why_price_is_fixed(old, new)
    when 'session_over' then
      perform private.forbid('The session is over; its price and access stay as they were');
    when 'tickets_sold' then
      perform private.forbid('Price and access are fixed once a ticket is sold',
        'Cancel the session to refund its tickets, and create another.');
    else
      null;
  end case;
  return new;
end $$;

-- The end of a live session by the server itself (host gone, room gone): `{"session", "ended"}`. One that ends within
-- minutes of its start was none: its tickets are given back.
create or replace function private.close_session(_session uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.live_sessions;
  _ended boolean;
begin
  perform private.hold_door(_session);
  update public.live_participants set invitation_response = 'expired'
   where session_id = _session and invitation_response = 'pending';
  update public.live_guest_requests set status = 'expired' where session_id = _session and status = 'pending';
  update public.live_sessions sessions
     set status                 = 'ended',
         ended_at               = now(),
         interrupted_at         = null,
         total_duration_seconds = extract(epoch from now() - sessions.started_at),
         viewer_count           = 0,
         peak_viewers           = counters.peak_viewers,
         total_viewers          = counters.total_viewers
    from private.session_counters counters
   where sessions.id = _session and sessions.status = 'live' and counters.session_id = sessions.id
  returning sessions.* into _row;
  _ended := found;
  if _ended then
    perform private.empty_room(_session);
    if _row.total_duration_seconds < (private.settings()).ticket_refund_minutes * 60 then
      perform private.refund_tickets(_session);
    else
      perform private.settle_tickets(_session);
    end if;
    perform private.order_livekit('delete_room', _row.livekit_room_name);
  else
    select * into _row from public.live_sessions where id = _session;
  end if;
  return jsonb_build_object('session', private.session_row(_row), 'ended', _ended);
end $$;

-- `_fields`: title, description, thumbnail_url, session_type, access_type, ppv_coin_price, scheduled_at, chat_enabled,
-- gifts_enabled, recording_enabled; what is absent takes the column's default.
create or replace function private.create_session(_fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   public.live_sessions;
begin
  perform private.refuse_unless_creator('open a session');
  perform private.refuse_false_promise(null, jsonb_populate_record(null::public.live_sessions, _fields));
  insert into public.live_sessions (
    creator_id, creator_profile_id, title, description, thumbnail_url, session_type, access_type, ppv_coin_price,
    scheduled_at, chat_enabled, gifts_enabled, recording_enabled)
  select _actor, _actor, fields.title, fields.description, fields.thumbnail_url, fields.session_type,
         coalesce(fields.access_type, 'public'), coalesce(fields.ppv_coin_price, 0), fields.scheduled_at,
         coalesce(fields.chat_enabled, true), coalesce(fields.gifts_enabled, true),
         coalesce(fields.recording_enabled, false)
    from jsonb_populate_record(null::public.live_sessions, _fields) fields
  returning * into _row;
  return jsonb_build_object('session', private.session_row(_row));
end $$;

create or replace function private.creator_ban_row(_row private.creator_bans) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'profile_id', _row.profile_id,
           'reason',     _row.reason,
           'expires_at', _row.expires_at,
           'created_at', _row.created_at)
$$;

revoke execute on function private.creator_ban_row(private.creator_bans) from public, anon, authenticated, service_role;
grant execute on function private.creator_ban_row(private.creator_bans) to service_role;

-- Only the keys present in `_fields` change. The row is read under the door and its lock: whoever edits at the same
-- moment, also by a statement of their own, keeps what they changed.
create or replace function private.edit_session(_session uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old public.live_sessions := private.own_session(_session);
  _new public.live_sessions;
begin
  perform private.hold_door(_session);
  select * into _old from public.live_sessions where id = _session for no key update;
  _new := jsonb_populate_record(_old, _fields);
  perform private.refuse_false_promise(_old, _new);
  case private.why_price_is_fixed(_old, _new)
    when 'session_over' then
      perform private.refuse(409, 'session_over', 'The session is over; its price and access stay as they were.');
    when 'tickets_sold' then
      perform private.refuse(409, 'tickets_sold', 'Price and access are fixed once a ticket is sold.',
        'Cancel the session to refund its tickets, and create another.');
    else
      null;
  end case;
  update public.live_sessions
     set title = _new.title, description = _new.description, thumbnail_url = _new.thumbnail_url,
         access_type = _new.access_type, ppv_coin_price = _new.ppv_coin_price, scheduled_at = _new.scheduled_at,
         chat_enabled = _new.chat_enabled, gifts_enabled = _new.gifts_enabled,
         recording_enabled = _new.recording_enabled
   where id = _session
  returning * into _new;
  return jsonb_build_object('session', private.session_row(_new));
end $$;

-- The sentences of the policy above (ruling R8); what they do not name stays the policy's plain refusal.
create or replace function private.explain_image_refusal() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if private.is_anonymous(auth.uid()) then
    perform private.forbid_for('anonymous', 'A user', 'keep pictures');
  elsif private.is_suspended(auth.uid()) then
    perform private.forbid_for('suspended', 'A user', 'keep pictures');
  elsif not private.owns_pictures(new.image_url, new.thumbnail_url, new.original_photo_url) then
    perform private.forbid('A picture must point at objects you uploaded',
      'Upload to images/<your user id>/… first; image_url is /storage/v1/object/authenticated/images/<your user id>/<name>.');
  elsif not private.may_use_scene(new.scene_id) then
    perform private.forbid('A picture is of a scene you may use', 'Choose one that is offered; premium ones want premium.');
  end if;
  return new;
end $$;

-- What a session cannot be promised to be: `past`, `no_moment`, `recording`; null where the host can keep it (ruling R14).
-- What stands there already was promised then. A client's clock may be some minutes behind.
create or replace function private.false_promise_of(_old public.live_sessions, _new public.live_sessions) returns text
language sql stable set search_path = '', pg_temp as $$
  select case
    when _new.recording_enabled and _old.recording_enabled is not true then 'recording'
    when _new.scheduled_at is not distinct from _old.scheduled_at then null
    when not isfinite(_new.scheduled_at) then 'no_moment'
    when _new.scheduled_at < now() - interval '5 minutes' then 'past'
  end
$$;

revoke execute on function private.false_promise_of(public.live_sessions,public.live_sessions) from public, anon, authenticated, service_role;
grant execute on function private.false_promise_of(public.live_sessions,public.live_sessions) to service_role;

-- The sentences of `refuse_false_promise` for a client's own statement.
create or replace function private.forbid_false_promise(_old public.live_sessions, _new public.live_sessions) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  case private.false_promise_of(_old, _new)
    when 'past' then
      perform private.forbid('A session is planned for a time to come',
        'Send scheduled_at as a moment from now on, or leave it out.');
    when 'no_moment' then
      perform private.forbid('A session is planned for a moment', 'Send scheduled_at as a date and a time.');
    when 'recording' then
      perform private.forbid('Sessions are not recorded yet', 'Leave recording_enabled out.');
    else
      null;
  end case;
end $$;

revoke execute on function private.forbid_false_promise(public.live_sessions,public.live_sessions) from public, anon, authenticated, service_role;
grant execute on function private.forbid_false_promise(public.live_sessions,public.live_sessions) to service_role;

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
      perform private.refuse(409, 'not_in_session', 'Only who is in the session is invited on its stage.',
        'Before it starts real profiles can be invited as well.');
    end if;
    insert into public.live_participants (session_id, user_id, profile_id, role, is_active, joined_at, livekit_identity)
    values (_session, _face.user_id, _profile, private.audience_role(_session), false, null, _profile::text)
    returning * into _seat;
  end if;
  perform private.refuse_role_of(_face, _role);
  if _seat.role = _role then
    perform private.refuse(409, 'cannot_invite', 'This person has that role already.');
  end if;
  update public.live_participants
     set invited_at = now(), invitation_expires_at = now() + lifetime, invitation_response = 'pending',
         invited_role = _role
   where id = _seat.id
  returning * into _seat;
  return jsonb_build_object('participant', private.participant_row(_seat));
end $$;

-- Whether a ban of the user in the session stands. A user seated under one profile is not touched by a ban of another
-- profile of theirs: its effect would tell who is behind the first (ruling L17). The creator's bans are of the person at the
-- door, and of the very profile on a seat that is taken.
create or replace function private.is_banned(_session uuid, _user uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (
    select
      from public.live_session_bans bans
      left join public.live_participants seats
             on seats.session_id = bans.session_id and seats.user_id = bans.banned_user_id
     where bans.session_id = _session
       and bans.banned_user_id = _user
       and (bans.expires_at is null or bans.expires_at > now())
       and (bans.banned_profile_id is null or seats.id is null or seats.profile_id = bans.banned_profile_id))
  or exists (
    select
      from public.live_sessions sessions
      join private.creator_bans bans on bans.creator_id = sessions.creator_id and bans.user_id = _user
      left join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _user
     where sessions.id = _session
       and (bans.expires_at is null or bans.expires_at > now())
       and (seats.is_active is not true or seats.profile_id = bans.profile_id))
$$;

-- Whether this very profile is banned, from the session or from all of its creator's.
create or replace function private.is_profile_banned(_row public.live_sessions, _profile uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from public.live_session_bans bans
                  where bans.session_id = _row.id and bans.banned_profile_id = _profile
                    and (bans.expires_at is null or bans.expires_at > now()))
      or exists (select from private.creator_bans bans
                  where bans.creator_id = _row.creator_id and bans.profile_id = _profile
                    and (bans.expires_at is null or bans.expires_at > now()))
$$;

revoke execute on function private.is_profile_banned(public.live_sessions,uuid) from public, anon, authenticated, service_role;
grant execute on function private.is_profile_banned(public.live_sessions,uuid) to service_role;

-- Whether a text shows anything: blanks, marks of direction, joiners, fillers and other letters without a shape do not.
create or replace function private.is_visible(_text text) returns boolean
language sql immutable strict set search_path = '', pg_temp as $$
  select _text ~ '[^[:space:]\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\U000E0000-\U000E0FFF]'
$$;

revoke execute on function private.is_visible(text) from public, anon, authenticated, service_role;
grant execute on function private.is_visible(text) to anon, authenticated, service_role;

-- Come in: `{"participant", "seat"}`. The first join fixes the profile; the row is used again at each return.
-- `_profile` null is the profile worn here before, or else the real one.
create or replace function private.join_session(_session uuid, _profile uuid default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _row   public.live_sessions;
  _seat  public.live_participants;
begin
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session;
  perform private.refuse_unless_live(_row, _actor);
  perform private.refuse_entry(private.entry_refusal(_row, _actor), _row);
  select * into _seat from public.live_participants where session_id = _session and user_id = _actor;
  if _seat.id is null then
    if _profile is not null and not exists (select from public.profiles where id = _profile and user_id = _actor) then
      perform private.refuse(403, 'forbidden', 'This is not a profile of yours.');
    end if;
    insert into public.live_participants (session_id, user_id, profile_id, role, livekit_identity, paid_amount,
                                          payment_id)
    select _session, _actor, coalesce(_profile, _actor),
           case when _row.creator_id = _actor then 'host'
                when _row.session_type = 'audio_room' then 'listener' else 'viewer' end,
           coalesce(_profile, _actor), coalesce(tickets.price, 0), tickets.payment_id
      from (values (1)) one
      left join private.tickets on tickets.session_id = _session and tickets.user_id = _actor
    returning * into _seat;
  elsif _profile is not null and _profile <> _seat.profile_id then
    perform private.refuse(409, 'profile_fixed',
      case when _seat.joined_at is null then 'You are invited to this session under another profile.'
           else 'You are in this session under another profile.' end,
      'It is fixed for this session: leave profile_id out.');
  end if;
  _seat := private.take_seat(_seat.id);
  return jsonb_build_object('participant', private.participant_row(_seat), 'seat', private.seat_of(_seat));
end $$;

-- The floor under a chat: one line a statement, and no more a seat than its bucket holds. It fills with time; what is
-- refused costs nothing.
create or replace function private.keep_pace(_session uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rules constant private.settings := private.settings();
  _seat  uuid := (select id from public.live_participants where session_id = _session and user_id = auth.uid());
  _pace  private.chat_pace;
begin
  insert into private.chat_pace (participant_id, lines_left, posted_at)
  values (_seat, _rules.chat_lines_at_once, '-infinity')
  on conflict (participant_id) do nothing;
  select * into _pace from private.chat_pace where participant_id = _seat for no key update;
  if _pace.posted_at = statement_timestamp() then
    perform private.forbid('One line is posted at a time', 'Send each in a request of its own.');
  end if;
  if isfinite(_pace.posted_at) then
    _pace.lines_left := least(_rules.chat_lines_at_once,
      _pace.lines_left + extract(epoch from clock_timestamp() - _pace.posted_at) * _rules.chat_lines_per_minute / 60.0);
  end if;
  if _pace.lines_left < 1 then
    perform private.forbid('Lines come faster than this chat takes them', 'Wait a few seconds, then post the next one.');
  end if;
  update private.chat_pace set lines_left = _pace.lines_left - 1, posted_at = statement_timestamp()
   where participant_id = _seat;
end $$;

revoke execute on function private.keep_pace(uuid) from public, anon, authenticated, service_role;
grant execute on function private.keep_pace(uuid) to service_role;

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
  return jsonb_build_object('ban', private.creator_ban_row(_row));
end $$;

revoke execute on function private.lift_ban_from_all(uuid) from public, anon, authenticated, service_role;
grant execute on function private.lift_ban_from_all(uuid) to service_role;

-- Which scene a picture may be said to be of: one that is offered, a premium one to premium only. One that is not there is
-- the foreign key's to refuse.
create or replace function private.may_use_scene(_scene uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    (select scenes.is_active and (not scenes.is_premium or private.is_premium((select auth.uid())))
       from public.scenes where scenes.id = _scene), true)
$$;

revoke execute on function private.may_use_scene(uuid) from public, anon, authenticated, service_role;
grant execute on function private.may_use_scene(uuid) to authenticated, service_role;

-- The actor's list, newest first: `{"bans": [row, …]}`.
create or replace function private.own_bans(_bans_max integer default 1000) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('bans', coalesce(jsonb_agg(private.creator_ban_row(bans) order by bans.created_at desc), '[]'))
    from (select creator_bans.* from private.creator_bans
           where creator_bans.creator_id = private.actor()
           order by creator_bans.created_at desc
           limit _bans_max) bans
$$;

revoke execute on function private.own_bans(integer) from public, anon, authenticated, service_role;
grant execute on function private.own_bans(integer) to service_role;

-- A banned seat is left, gives back a ticket that was not used, and moderates no more: a moderator reads the chat always.
-- The door is held.
create or replace function private.put_out(_seat public.live_participants) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.refund_unseen(_seat.session_id, _seat.user_id);
  perform private.remove_seat(_seat);
  update public.live_participants set role = private.audience_role(_seat.session_id)
   where id = _seat.id and role = 'moderator';
end $$;

revoke execute on function private.put_out(public.live_participants) from public, anon, authenticated, service_role;
grant execute on function private.put_out(public.live_participants) to service_role;

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
    perform private.refund_unseen(_session, _user);
    perform private.put_out(seats)
       from public.live_participants seats where seats.session_id = _session and seats.profile_id = _profile;
  end loop;
end $$;

revoke execute on function private.put_out_of_all(uuid,uuid,uuid) from public, anon, authenticated, service_role;
grant execute on function private.put_out_of_all(uuid,uuid,uuid) to service_role;

drop function private.refund_tickets(uuid);

-- Give back what is in escrow for a session, of one user or of all; how many tickets. Each is given back once.
create or replace function private.refund_tickets(_session uuid, _user uuid default null) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _escrow   uuid := private.wallet_of_kind('escrow');
  _ticket   private.tickets;
  _refunded integer := 0;
begin
  for _ticket in
    update private.tickets set status = 'refunded', settled_at = now()
     where session_id = _session and status = 'paid' and (_user is null or user_id = _user)
    returning *
  loop
    perform private.move_coins('ticket_refund', 'ticket_refund:' || _ticket.id, 'ticket', _ticket.id, _escrow,
      array[_ticket.wallet_id], array[_ticket.price]);
    _refunded := _refunded + 1;
  end loop;
  return _refunded;
end $$;

revoke execute on function private.refund_tickets(uuid,uuid) from public, anon, authenticated, service_role;
grant execute on function private.refund_tickets(uuid,uuid) to service_role;

-- Whoever is put out without having watched gets the ticket's money back.
create or replace function private.refund_unseen(_session uuid, _user uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from public.live_participants seats
                   join private.live_intervals stays on stays.participant_id = seats.id
                  where seats.session_id = _session and seats.user_id = _user) then
    perform private.refund_tickets(_session, _user);
  end if;
end $$;

revoke execute on function private.refund_unseen(uuid,uuid) from public, anon, authenticated, service_role;
grant execute on function private.refund_unseen(uuid,uuid) to service_role;

create or replace function private.refuse_false_promise(_old public.live_sessions, _new public.live_sessions) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  case private.false_promise_of(_old, _new)
    when 'past' then
      perform private.refuse(422, 'unprocessable', 'A session is planned for a time to come.',
        'Send scheduled_at as a moment from now on, or leave it out.');
    when 'no_moment' then
      perform private.refuse(422, 'unprocessable', 'A session is planned for a moment.',
        'Send scheduled_at as a date and a time.');
    when 'recording' then
      perform private.refuse(422, 'recording_unavailable', 'Sessions are not recorded yet.',
        'Leave recording_enabled out.');
    else
      null;
  end case;
end $$;

revoke execute on function private.refuse_false_promise(public.live_sessions,public.live_sessions) from public, anon, authenticated, service_role;
grant execute on function private.refuse_false_promise(public.live_sessions,public.live_sessions) to service_role;

-- `{"live_gift": row, "wallet": {"balance"}}`. `_receiver` is a profile id; null is the host. The price is the
-- catalogue's; the receiver is credited net of the platform's commission.
-- Refuses with not_found, banned, session_not_live, not_in_session, gifts_disabled, invalid_receiver,
-- insufficient_coins, idempotency_key_reused.
--
-- One look tells whether this is the plain gift that nearly all are; only another one is looked at step by step, by
-- `claim_key` and `refuse_gift`, whose rules the look says once more for speed: a test holds both roads to one answer in
-- every world. A plan that reads a whole table must never be kept, hence `enable_seqscan` (see `coin_balance`).
create or replace function private.send_gift(
  _session  uuid,
  _gift     uuid,
  _quantity integer,
  _receiver uuid,
  _key      text
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp set enable_seqscan = 'off' as $$
declare
  quantity_max constant integer := 1000;
  _actor       uuid  := auth.uid();
  _request     jsonb := jsonb_build_object(
                          'session_id', _session, 'gift_id', _gift, 'quantity', _quantity, 'receiver_id', _receiver);
  _answer      jsonb;
  _is_plain    boolean;
  _to          uuid;
  _from_wallet uuid;
  _to_wallet   uuid;
  _house       uuid;
  _amount      bigint;
  _commission  bigint;
  _sent        public.live_gifts;
begin
  perform pg_advisory_xact_lock(hashtextextended(_actor || _key, 0));
  select not users.is_anonymous
         and users.deleted_at is null
         and users.banned_until > now() is not true
         and sessions.status = 'live'
         and sessions.gifts_enabled
         and gifts.is_active
         and seats.is_active
         and _quantity between 1 and quantity_max
         and char_length(_key) between 1 and 200
         and _receiver is null and sessions.creator_id <> _actor
         and not exists (select from private.idempotency_keys keys where keys.user_id = _actor and keys.key = _key)
         and not exists (select from public.live_session_bans bans
                          where bans.session_id = _session and bans.banned_user_id = _actor)
         and not exists (select from private.creator_bans bans
                          where bans.creator_id = sessions.creator_id and bans.user_id = _actor),
         seats.profile_id,
         coalesce(_receiver, sessions.creator_id),
         own.id,
         theirs.id,
         house.id,
         gifts.coin_price::bigint * _quantity
    into _is_plain, _sent.sender_profile_id, _to, _from_wallet, _to_wallet, _house, _amount
    from public.live_sessions sessions
    join public.live_participants seats on seats.session_id = sessions.id and seats.user_id = _actor
    join auth.users on users.id = _actor
    join public.gifts on gifts.id = _gift
    join public.wallets house on house.kind = 'platform'
    left join public.wallets own on own.user_id = _actor
    left join public.wallets theirs on theirs.user_id = coalesce(_receiver, sessions.creator_id)
   where sessions.id = _session;
  if _is_plain is not true then
    _answer := private.claim_key(private.actor(), 'gift', _key, _request);
    if _answer is not null then return _answer; end if;
    if coalesce(_quantity, 0) not between 1 and quantity_max then
      perform private.refuse(422, 'unprocessable', 'A gift is sent 1 to ' || quantity_max || ' times at once.');
    end if;
    perform private.refuse_gift(_session, _gift, _receiver);
    if _amount is null then
      perform private.refuse(409, 'conflict', 'The session changed at this very moment.', 'Try again.');
    end if;
  end if;

  _commission := private.commission_of(_amount);
  _sent.id := gen_random_uuid();
  _sent.transaction_id := private.move_coins(
    'gift', 'gift:' || _key, 'live_gift', _sent.id, coalesce(_from_wallet, private.wallet_of(_actor)),
    array[coalesce(_to_wallet, private.wallet_of(_to)), _house], array[_amount - _commission, _commission]);
  _sent.session_id := _session;
  _sent.sender_id := _actor;
  _sent.receiver_id := _to;
  _sent.gift_id := _gift;
  _sent.quantity := _quantity;
  _sent.coin_amount := _amount;
  _sent.created_at := now();
  _answer := jsonb_build_object(
    'live_gift', private.live_gift_row(_sent),
    'wallet', jsonb_build_object('balance', private.coin_balance(_actor)));
  with gift as (
    insert into public.live_gifts (id, session_id, sender_id, receiver_id, gift_id, quantity, coin_amount, transaction_id,
                                   created_at, sender_profile_id)
    values (_sent.id, _session, _actor, _to, _gift, _quantity, _amount, _sent.transaction_id, _sent.created_at,
            _sent.sender_profile_id)
  ), line as (
    insert into public.live_messages (id, session_id, sender_id, sender_profile_id, message_type, gift_id,
                                      gift_quantity, gift_coin_value)
    values (_sent.id, _session, _actor, _sent.sender_profile_id, 'gift', _gift, _quantity, _amount)
  )
  insert into private.idempotency_keys (user_id, key, operation, request, answer)
  values (_actor, _key, 'gift', _request, _answer);
  return _answer;
end $$;

create or replace function public.handle_new_user() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _gender text := new.raw_user_meta_data ->> 'gender';
  _name   text := left(btrim(new.raw_user_meta_data ->> 'display_name'), 80);
begin
  insert into public.profiles (id, user_id, email, gender, display_name)
  values (
    new.id,
    new.id,
    nullif(new.email, ''),
    case when _gender in ('male', 'female') then _gender end,
    case when private.is_visible(_name) then _name end
  );
  return new;
exception
  when others then
    raise exception 'on_auth_user_created: %', sqlerrm
      using errcode = sqlstate, hint = 'The trigger public.handle_new_user() could not make the profile.';
end $$;
