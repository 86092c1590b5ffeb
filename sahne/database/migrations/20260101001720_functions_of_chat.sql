-- The functions of a chat's rules as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- A chat's rules: who writes, how often, and what not. Lines are written straight into their table, so the rules are asked by
-- its policy (who) and its trigger (all of them, in words). The host and moderators are free of what they set; the house's words
-- hold for them as well.

-- Where the caller may write a line now, and under which face.
create or replace function private.chat_seats() returns table (session_id uuid, profile_id uuid)
language sql stable security definer set search_path = '', pg_temp as $$
  select seats.session_id, seats.profile_id
    from private.open_seats() seats
    join public.live_sessions sessions on sessions.id = seats.session_id
   where seats.chat_enabled
     and private.is_in_audience(sessions.chat_audience, seats.role, seats.profile_id, sessions.creator_id)
     and not exists (select
                       from public.live_participants own
                       join private.chat_timeouts timeouts on timeouts.participant_id = own.id
                      where own.session_id = seats.session_id
                        and own.user_id = (select auth.uid())
                        and timeouts.ends_at > now())
$$;

-- What of a chat's rules concerns the caller, who sits in it; no row where they do not.
create or replace function private.chat_of(_session uuid)
returns table (
  role text, creator_id uuid, chat_enabled boolean, slow_mode_seconds integer, audience text, is_in_audience boolean,
  links_enabled boolean, seconds_left integer
)
language sql stable security definer set search_path = '', pg_temp as $$
  select seats.role, sessions.creator_id, sessions.chat_enabled, sessions.slow_mode_seconds, sessions.chat_audience,
         private.is_in_audience(sessions.chat_audience, seats.role, seats.profile_id, sessions.creator_id),
         sessions.chat_links_enabled, ceil(extract(epoch from timeouts.ends_at - now()))::integer
    from public.live_participants seats
    join public.live_sessions sessions on sessions.id = seats.session_id
    left join private.chat_timeouts timeouts on timeouts.participant_id = seats.id and timeouts.ends_at > now()
   where seats.session_id = _session and seats.user_id = (select auth.uid()) and seats.is_active
$$;

-- Whether somebody writes where not all do: those on stage and in charge always. It goes by the face: a shadow follows nobody,
-- and whether who is behind it does must not show (ruling L17). Who pays need not follow as well.
create or replace function private.is_in_audience(_audience text, _role text, _profile uuid, _creator uuid) returns boolean
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if _audience = 'everybody' or _role not in ('viewer', 'listener') then
    return true;
  elsif _audience = 'followers' and private.is_follower(_profile, _creator) then
    return true;
  end if;
  return private.subscriber_level(_profile, _creator) is not null;
end $$;

-- A client's line, which is refused in the words of the first rule that it breaks. Whoever has no business in the session learns
-- none of them.
create or replace function private.check_client_message() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _chat record;
begin
  if new.message_type <> 'text' then
    perform private.forbid('Only text messages can be posted', 'Gifts are sent through their operation.');
  end if;
  perform private.forbid_for(private.silence_reason(new.session_id, new.sender_profile_id), 'A viewer', 'post');
  select * into _chat from private.chat_of(new.session_id);
  if _chat.role is null then
    perform private.forbid('Only people in a live session can post', 'Join the session first.');
  end if;
  if not _chat.chat_enabled then
    perform private.forbid_line('chat_off', 'The chat of this session is off', 'The host can turn it on.');
  elsif _chat.seconds_left > 0 then
    perform private.forbid_line('silenced', 'You cannot post in this session for a while',
      'Try again in ' || _chat.seconds_left || ' s.', _chat.seconds_left);
  elsif not _chat.is_in_audience then
    perform private.forbid_audience(_chat.audience);
  end if;
  perform private.forbid_content(new.content, _chat.role, _chat.creator_id, _chat.links_enabled);
  if private.acted_just_now('line', new.session_id) then
    perform private.forbid('One line is posted at a time', 'Send each in a request of its own.');
  end if;
  perform from public.live_sessions where id = new.session_id for key share;  -- before the account: see `entry.sql`
  perform private.forbid_hasty_line(
    new.session_id, case when _chat.role in ('host', 'moderator') then 0 else _chat.slow_mode_seconds end);
  return new;
end $$;

create or replace function private.forbid_audience(_audience text) returns void
language plpgsql stable set search_path = '', pg_temp as $$
begin
  if _audience = 'followers' then
    perform private.forbid_line('followers_only', 'This chat is for the host''s followers now',
      'Follow the host to write, under your own name.');
  else
    perform private.forbid_line('subscribers_only', 'This chat is for the host''s subscribers now',
      'Subscribe to the host to write, under your own name.');
  end if;
end $$;

create or replace function private.forbid_content(_content text, _role text, _creator uuid, _links_enabled boolean) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  case private.fault_of_content(_content, _role, _creator, _links_enabled)
    when 'links_off' then
      perform private.forbid_line('links_off', 'This chat takes no links now', 'Write it without the address.');
    when 'blocked_word' then
      perform private.forbid_line('blocked_word', 'A word of this line is not taken here', 'Say it in other words.');
    else
      null;
  end case;
end $$;

-- The same of an operation's: what somebody says to a host who may read it aloud is held to the rules of the chat.
create or replace function private.refuse_content(_content text, _role text, _creator uuid, _links_enabled boolean) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  case private.fault_of_content(_content, _role, _creator, _links_enabled)
    when 'links_off' then
      perform private.refuse(422, 'links_off', 'This chat takes no links now.', 'Write it without the address.');
    when 'blocked_word' then
      perform private.refuse(422, 'blocked_word', 'A word of this line is not taken here.', 'Say it in other words.');
    else
      null;
  end case;
end $$;

-- Which rule a text breaks that somebody of a role writes into a session: `links_off`, `blocked_word`; null is none.
create or replace function private.fault_of_content(_content text, _role text, _creator uuid, _links_enabled boolean) returns text
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _is_in_charge constant boolean := _role in ('host', 'moderator');
begin
  return case
    when not _links_enabled and not _is_in_charge and private.has_link(_content) then 'links_off'
    when private.has_blocked_word(_content, case when not _is_in_charge then _creator end) then 'blocked_word'
  end;
end $$;

-- Too soon after the last line, by slow mode or by the pace of every chat.
create or replace function private.forbid_hasty_line(_session uuid, _every_seconds integer) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seconds integer := private.haste_of('line', _session, _every_seconds);
begin
  if _seconds is null then
    return;
  elsif _every_seconds > 0 then
    perform private.forbid_line('slow_mode', 'This chat takes one line of each every ' || _every_seconds || ' s',
      'Try again in ' || _seconds || ' s.', _seconds);
  else
    perform private.forbid_line('too_fast', private.words_of_haste('line'), 'Try again in ' || _seconds || ' s.', _seconds);
  end if;
end $$;

-- A line is refused with the rule's own code in the details, which clients put into words: the statement's stays 42501.
create or replace function private.forbid_line(_code text, _message text, _hint text, _seconds integer default null)
returns void
language plpgsql immutable set search_path = '', pg_temp as $$
begin
  raise exception using
    errcode = '42501',
    message = _message,
    detail  = jsonb_strip_nulls(jsonb_build_object('code', _code, 'retry_after_seconds', _seconds))::text,
    hint    = _hint;
end $$;

-- The host or a moderator changes what is given of chat_enabled, slow_mode_seconds, chat_audience, chat_links_enabled; the host alone
-- blocked_words, of all of their sessions: `{"session": row}`.
create or replace function private.edit_chat(_session uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _rank integer := private.moderator_rank(_session);
  _row  public.live_sessions;
begin
  perform private.hold_door(_session);
  select * into _row from public.live_sessions where id = _session for no key update;
  if _row.status in ('ended', 'cancelled') then
    perform private.refuse(409, 'session_over', 'The session is over.');
  elsif _fields ? 'blocked_words' then
    perform private.change_blocked_words(_row, _rank, _fields -> 'blocked_words');
  end if;
  _row := jsonb_populate_record(_row, _fields - 'blocked_words');
  update public.live_sessions
     set chat_enabled = _row.chat_enabled, slow_mode_seconds = _row.slow_mode_seconds,
         chat_audience = _row.chat_audience, chat_links_enabled = _row.chat_links_enabled
   where id = _session
  returning * into _row;
  return jsonb_build_object('session', private.session_row(_row));
end $$;

create or replace function private.change_blocked_words(_row public.live_sessions, _rank integer, _words jsonb) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _rank < 3 then
    perform private.refuse(403, 'forbidden', 'Only the host of the session keeps the list of blocked words.');
  end if;
  perform private.hold_accounts(_row.creator_id);
  perform private.log_act(_row.id, 'blocked_words', _details => jsonb_build_object(
    'words', cardinality(private.set_blocked_words(
      _row.creator_id, array(select jsonb_array_elements_text(_words))))));
end $$;

-- Whoever changed a chat's rules, by whichever way: it is logged, and while the session is live the chat is told.
create or replace function private.tell_chat_rules() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _changes jsonb := '{}';
begin
  if new.chat_enabled <> old.chat_enabled then
    _changes := _changes || jsonb_build_object('chat_enabled', new.chat_enabled);
    perform private.say_system(new.id, case when new.chat_enabled then 'chat_on' else 'chat_off' end);
  end if;
  if new.slow_mode_seconds <> old.slow_mode_seconds then
    _changes := _changes || jsonb_build_object('slow_mode_seconds', new.slow_mode_seconds);
    perform private.say_system(new.id, 'slow_mode', jsonb_build_object('seconds', new.slow_mode_seconds));
  end if;
  if new.chat_audience <> old.chat_audience then
    _changes := _changes || jsonb_build_object('chat_audience', new.chat_audience);
    perform private.say_system(new.id, 'chat_audience', jsonb_build_object('audience', new.chat_audience));
  end if;
  if new.chat_links_enabled <> old.chat_links_enabled then
    _changes := _changes || jsonb_build_object('chat_links_enabled', new.chat_links_enabled);
    perform private.say_system(new.id, case when new.chat_links_enabled then 'links_on' else 'links_off' end);
  end if;
  perform private.log_act(new.id, 'chat', _details => _changes);
  return null;
end $$;

-- Somebody writes nothing for so many seconds: `{"timeout": {"profile_id", "ends_at", "reason"}}`. Again: from now on.
create or replace function private.time_out_profile(
  _session uuid, _profile uuid, _seconds integer, _reason text default null
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  seconds_max constant integer := 14 * 24 * 3600;
  _seat    public.live_participants;
  _timeout private.chat_timeouts;
begin
  if _seconds is null or _seconds not between 1 and seconds_max then
    perform private.refuse(422, 'unprocessable', 'A timeout lasts from 1 second to 14 days.');
  end if;
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  insert into private.chat_timeouts (participant_id, ends_at, reason)
  values (_seat.id, now() + _seconds * interval '1 second', _reason)
  on conflict (participant_id) do update set ends_at = excluded.ends_at, reason = excluded.reason
  returning * into _timeout;
  perform private.log_act(_session, 'timeout', _profile, _reason, jsonb_build_object('seconds', _seconds));
  return private.timeout_answer(_profile, _timeout);
end $$;

-- They may write again: the timeout as it was.
create or replace function private.lift_timeout(_session uuid, _profile uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seat    public.live_participants;
  _timeout private.chat_timeouts;
begin
  perform private.hold_door(_session);
  _seat := private.seat_below(_session, _profile);
  delete from private.chat_timeouts where participant_id = _seat.id and ends_at > now() returning * into _timeout;
  if _timeout.participant_id is null then
    perform private.refuse(404, 'not_found', 'This person may write already.');
  end if;
  perform private.log_act(_session, 'lift_timeout', _profile);
  return private.timeout_answer(_profile, _timeout);
end $$;

create or replace function private.timeout_answer(_profile uuid, _row private.chat_timeouts) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object('timeout', jsonb_build_object(
           'profile_id', _profile,
           'ends_at',    _row.ends_at,
           'reason',     _row.reason))
$$;

revoke execute on function
  private.chat_seats(), private.chat_of(uuid), private.is_in_audience(text, text, uuid, uuid),
  private.check_client_message(), private.forbid_audience(text), private.forbid_content(text, text, uuid, boolean),
  private.refuse_content(text, text, uuid, boolean), private.fault_of_content(text, text, uuid, boolean),
  private.forbid_hasty_line(uuid, integer), private.forbid_line(text, text, text, integer),
  private.edit_chat(uuid, jsonb), private.change_blocked_words(public.live_sessions, integer, jsonb),
  private.tell_chat_rules(), private.time_out_profile(uuid, uuid, integer, text), private.lift_timeout(uuid, uuid),
  private.timeout_answer(uuid, private.chat_timeouts)
  from public;
grant execute on function private.chat_seats() to anon, authenticated, service_role;
grant execute on function
  private.chat_of(uuid), private.is_in_audience(text, text, uuid, uuid), private.forbid_audience(text),
  private.forbid_content(text, text, uuid, boolean), private.refuse_content(text, text, uuid, boolean),
  private.fault_of_content(text, text, uuid, boolean), private.forbid_hasty_line(uuid, integer),
  private.forbid_line(text, text, text, integer), private.edit_chat(uuid, jsonb),
  private.change_blocked_words(public.live_sessions, integer, jsonb),
  private.time_out_profile(uuid, uuid, integer, text), private.lift_timeout(uuid, uuid),
  private.timeout_answer(uuid, private.chat_timeouts)
  to service_role;
