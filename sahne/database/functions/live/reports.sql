-- What people find wrong, and what becomes of it: a report is open, is looked at, and is resolved or dismissed by an admin.
-- Whoever reported is told; whoever was reported is not, and who did it stands in no answer.

-- The actor reports a profile, a message, a session or an image, once: `{"report": row}`.
create or replace function private.report(_kind text, _subject uuid, _reason text, _note text default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   private.reports;
begin
  _row := case _kind when 'profile' then private.reported_profile(_subject)
                     when 'message' then private.reported_message(_subject)
                     when 'session' then private.reported_session(_subject)
                     when 'image'   then private.reported_image(_subject) end;
  if _row.profile_id is null then
    perform private.refuse(404, 'not_found', 'There is nothing here to report.');
  elsif _kind <> 'image' and exists (select from public.profiles where id = _row.profile_id and user_id = _actor) then
    perform private.refuse(422, 'unprocessable', 'Nobody reports themselves.');
  end if;
  perform private.refuse_haste('report', private.nobody());
  insert into private.reports (reporter_id, kind, subject_id, profile_id, session_id, reason, note, evidence)
  values (_actor, _kind, _subject, _row.profile_id, _row.session_id, _reason, _note, _row.evidence)
  on conflict (reporter_id, kind, subject_id) do nothing
  returning * into _row;
  if not found then
    perform private.refuse(409, 'already_reported', 'You have reported this already.', 'What becomes of it you will be told.');
  end if;
  return jsonb_build_object('report', private.own_report_row(_row));
end $$;

create or replace function private.reported_profile(_profile uuid) returns private.reports
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _row private.reports;
begin
  select faces.id, to_jsonb(faces) into _row.profile_id, _row.evidence from public.public_profiles faces where faces.id = _profile;
  return _row;
end $$;

-- A line that the actor could read.
create or replace function private.reported_message(_message uuid) returns private.reports
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _row private.reports;
begin
  select lines.sender_profile_id, lines.session_id,
         jsonb_build_object('content', lines.content, 'message_type', lines.message_type, 'created_at', lines.created_at)
    into _row.profile_id, _row.session_id, _row.evidence
    from public.live_messages lines
   where lines.id = _message
     and lines.message_type in ('text', 'pinned')
     and (lines.session_id in (select private.moderated_session_ids())
          or not lines.is_deleted and lines.session_id in (select private.attended_session_ids()));
  return _row;
end $$;

-- A session that the actor can see.
create or replace function private.reported_session(_session uuid) returns private.reports
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _row private.reports;
begin
  select sessions.creator_profile_id, sessions.id,
         jsonb_build_object('title', sessions.title, 'description', sessions.description,
                            'thumbnail_url', sessions.thumbnail_url, 'status', sessions.status)
    into _row.profile_id, _row.session_id, _row.evidence
    from public.live_sessions sessions
   where sessions.id = _session
     and (sessions.status in ('scheduled', 'live') or sessions.id in (select private.attended_session_ids()));
  return _row;
end $$;

-- A picture that the studio made for the actor: others see none of it.
create or replace function private.reported_image(_image uuid) returns private.reports
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _row private.reports;
begin
  select images.user_id,
         jsonb_build_object('image_url', images.image_url, 'scene_id', images.scene_id, 'model', images.model)
    into _row.profile_id, _row.evidence
    from public.generated_images images
   where images.id = _image and images.user_id = private.actor();
  return _row;
end $$;

-- A page of the queue, the oldest first, those after one: `{"reports": [row, …]}`. Admins only.
create or replace function private.read_reports(_status text, _after bigint, _reports_max integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return (
    select jsonb_build_object('reports', coalesce(jsonb_agg(private.report_row(page) order by page.number), '[]'))
      from (select reports.* from private.reports
             where reports.status = _status and reports.number > coalesce(_after, 0)
             order by reports.number
             limit _reports_max) page);
end $$;

-- An admin takes a report up, or closes it: `{"report": row}`. Once it is closed its reporter is told.
create or replace function private.handle_report(_report uuid, _status text, _outcome text default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.reports;
begin
  perform private.refuse_unless_admin();
  if _status is null or _status not in ('reviewing', 'resolved', 'dismissed') then
    perform private.refuse(422, 'unprocessable', 'A report is made reviewing, resolved or dismissed.');
  end if;
  select * into _row from private.reports where id = _report;
  perform private.hold_accounts(private.actor(), _row.reporter_id);
  select * into _row from private.reports where id = _report for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such report.');
  elsif _row.status in ('resolved', 'dismissed') then
    perform private.refuse(409, 'report_closed', 'The report is closed.', null, jsonb_build_object('status', _row.status));
  end if;
  update private.reports
     set status = _status, outcome = coalesce(_outcome, outcome), handled_by = private.actor(), handled_at = now()
   where id = _report
  returning * into _row;
  if _status in ('resolved', 'dismissed') and _row.reporter_id is not null then
    perform private.tell(_row.reporter_id, 'report_' || _status, null,
      jsonb_build_object('report_id', _row.id, 'kind', _row.kind, 'subject_id', _row.subject_id, 'outcome', _row.outcome));
  end if;
  return jsonb_build_object('report', private.report_row(_row));
end $$;

create or replace function private.refuse_unless_admin() returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.named_actor();
  if not private.is_admin() then
    perform private.refuse(403, 'forbidden', 'Only admins can do this.');
  end if;
end $$;

-- What an admin reads of a report, and what its reporter does.
create or replace function private.report_row(_row private.reports) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'number',     _row.number,
           'kind',       _row.kind,
           'subject_id', _row.subject_id,
           'profile_id', _row.profile_id,
           'session_id', _row.session_id,
           'reason',     _row.reason,
           'note',       _row.note,
           'evidence',   _row.evidence,
           'status',     _row.status,
           'outcome',    _row.outcome,
           'created_at', _row.created_at,
           'handled_at', _row.handled_at)
$$;

create or replace function private.own_report_row(_row private.reports) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select private.report_row(_row) - '{number,profile_id,session_id,evidence,handled_at}'::text[]
$$;

revoke execute on function
  private.report(text, uuid, text, text), private.reported_profile(uuid), private.reported_message(uuid),
  private.reported_session(uuid), private.reported_image(uuid), private.read_reports(text, bigint, integer),
  private.handle_report(uuid, text, text), private.refuse_unless_admin(), private.report_row(private.reports),
  private.own_report_row(private.reports)
  from public;
grant execute on function
  private.report(text, uuid, text, text), private.reported_profile(uuid), private.reported_message(uuid),
  private.reported_session(uuid), private.reported_image(uuid), private.read_reports(text, bigint, integer),
  private.handle_report(uuid, text, text), private.refuse_unless_admin(), private.report_row(private.reports),
  private.own_report_row(private.reports)
  to service_role;
