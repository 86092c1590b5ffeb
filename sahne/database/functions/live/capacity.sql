-- How many fit into a session at once. The host, whoever keeps order or is on stage, and whoever holds a ticket always come
-- in; so does whom the line dropped a moment ago. Others wait until somebody has left.

-- Refuse whoever finds no place. The door is held, so that the count is the true one.
create or replace function private.refuse_full_session(
  _row public.live_sessions, _user uuid, _seat public.live_participants
) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if _row.max_viewers is null or private.has_a_place(_row, _user, _seat) then
    return;
  elsif (select viewer_count from private.session_counters where session_id = _row.id) >= _row.max_viewers then
    perform private.refuse(409, 'session_full', 'The session is full.', 'Try again when somebody has left.',
      jsonb_build_object('max_viewers', _row.max_viewers));
  end if;
end $$;

create or replace function private.has_a_place(
  _row public.live_sessions, _user uuid, _seat public.live_participants
) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select _row.creator_id = _user
      or coalesce(_seat.is_active, false)
      or coalesce(_seat.role not in ('viewer', 'listener'), false)
      or exists (select from private.tickets
                  where tickets.session_id = _row.id and tickets.user_id = _user and tickets.status <> 'refunded')
      or coalesce(_seat.left_at > now() - interval '1 minute', false)
         and not exists (select from private.departures where departures.participant_id = _seat.id)
$$;

-- No more tickets are sold than there are places: who holds one always comes in. The door is held.
create or replace function private.refuse_sold_out(_row public.live_sessions) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if (select count(*) from private.tickets where tickets.session_id = _row.id and tickets.status <> 'refunded')
     >= _row.max_viewers then
    perform private.refuse(409, 'session_full', 'The session is full.', 'All of its tickets are sold.',
      jsonb_build_object('max_viewers', _row.max_viewers));
  end if;
end $$;

revoke execute on function
  private.refuse_full_session(public.live_sessions, uuid, public.live_participants),
  private.has_a_place(public.live_sessions, uuid, public.live_participants), private.refuse_sold_out(public.live_sessions)
  from public;
grant execute on function
  private.refuse_full_session(public.live_sessions, uuid, public.live_participants),
  private.has_a_place(public.live_sessions, uuid, public.live_participants), private.refuse_sold_out(public.live_sessions)
  to service_role;
