-- The exact counters of a session, and their showing in `live_sessions` now and then (ruling L10): a gift or a line is
-- appended and waits for nobody.

create or replace function private.open_session_counters() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_counters (session_id) values (new.id);
  return null;
end $$;

-- A gift's line counts its gifts too; what the house says by itself is no message. The lines of a statement append one row a
-- session.
create or replace function private.tally_messages() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.session_tallies (session_id, messages, gifts)
  select written.session_id, count(*) filter (where written.message_type <> 'system'),
         coalesce(sum(written.gift_quantity) filter (where written.message_type = 'gift'), 0)
    from written
   group by written.session_id;
  return null;
end $$;

-- One update per session that changed, at most as often as the server calls it; the number of rows updated.
-- A second caller at the same moment does nothing.
create or replace function private.fold_session_counters() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _folded integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('sahne.fold_session_counters', 0)) then
    return 0;
  end if;
  with taken as (
    delete from private.session_tallies returning session_id, messages, gifts
  ), tallies as (
    select taken.session_id, sum(taken.messages) messages, sum(taken.gifts) gifts from taken group by 1
  ), touched as (
    select tallies.session_id from tallies
    union
    select sessions.id from public.live_sessions sessions where sessions.status = 'live'
  ), shown as (
    select counters.session_id, counters.viewer_count, counters.peak_viewers, counters.total_viewers,
           coalesce(tallies.messages, 0)::integer messages, coalesce(tallies.gifts, 0)::bigint gifts
      from touched
      join private.session_counters counters on counters.session_id = touched.session_id
      join public.live_sessions sessions on sessions.id = touched.session_id
      left join tallies on tallies.session_id = touched.session_id
     where tallies.session_id is not null
        or (sessions.viewer_count, sessions.peak_viewers, sessions.total_viewers)
           is distinct from (counters.viewer_count, counters.peak_viewers, counters.total_viewers)
  )
  update public.live_sessions sessions
     set viewer_count         = shown.viewer_count,
         peak_viewers         = shown.peak_viewers,
         total_viewers        = shown.total_viewers,
         total_messages       = sessions.total_messages + shown.messages,
         total_gifts_received = sessions.total_gifts_received + shown.gifts
    from shown
   where sessions.id = shown.session_id;
  get diagnostics _folded = row_count;
  return _folded;
end $$;

revoke execute on function
  private.open_session_counters(), private.tally_messages(), private.fold_session_counters()
  from public;
grant execute on function private.fold_session_counters() to service_role;
