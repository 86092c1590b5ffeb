-- Order that keeps itself: the server looks at lines after they were written, and may take one out or time its writer out, as
-- a moderator may. Whoever keeps order in the session is left alone.

-- The lines of people written since a moment, in sessions that are live, the oldest first.
create or replace function private.lines_since(_moment timestamptz, _lines_max integer)
returns table (id uuid, session_id uuid, content text, words text[], created_at timestamptz)
language sql stable security definer set search_path = '', pg_temp as $$
  select lines.id, lines.session_id, lines.content, (private.words_of(lines.content)).words, lines.created_at
    from public.live_messages lines
    join public.live_sessions sessions on sessions.id = lines.session_id and sessions.status = 'live'
    join public.live_participants seats on seats.session_id = lines.session_id and seats.user_id = lines.sender_id
   where lines.created_at >= _moment
     and lines.message_type = 'text'
     and not lines.is_deleted
     and seats.role not in ('host', 'moderator')
   order by lines.created_at, lines.seq
   limit _lines_max
$$;

-- Take a line out, and let its writer write nothing for so many seconds where any are given: whether it was there still.
create or replace function private.act_on_line(_message uuid, _timeout_seconds integer, _reason text) returns boolean
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _line public.live_messages;
begin
  select * into _line from public.live_messages where id = _message;
  if _line.id is null or _line.is_deleted then
    return false;
  end if;
  perform private.hold_door(_line.session_id);
  update public.live_messages set is_deleted = true, is_pinned = false, deleted_at = now()
   where id = _message and not is_deleted;
  if not found then
    return false;
  end if;
  perform private.log_act(_line.session_id, 'delete_message', _line.sender_profile_id, _reason,
    jsonb_build_object('message_id', _message));
  if _timeout_seconds > 0 then
    insert into private.chat_timeouts as timeouts (participant_id, ends_at, reason)
    select seats.id, now() + _timeout_seconds * interval '1 second', _reason
      from public.live_participants seats
     where seats.session_id = _line.session_id and seats.user_id = _line.sender_id
    on conflict (participant_id) do update
       set ends_at = greatest(timeouts.ends_at, excluded.ends_at), reason = excluded.reason;
    perform private.log_act(_line.session_id, 'timeout', _line.sender_profile_id, _reason,
      jsonb_build_object('seconds', _timeout_seconds));
  end if;
  return true;
end $$;

revoke execute on function private.lines_since(timestamptz, integer), private.act_on_line(uuid, integer, text) from public;
grant execute on function
  private.lines_since(timestamptz, integer), private.act_on_line(uuid, integer, text)
  to service_role;
