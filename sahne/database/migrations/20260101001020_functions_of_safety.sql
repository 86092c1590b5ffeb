-- The functions of safety as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- What the studio does not make: sentences with words of a list, photos and pictures that were refused before; who is told
-- what of it; and how somebody objects.

-- A sentence as lists of words are compared with it: small letters without accents, digits within words as letters, one blank
-- between words. Of the first 500 characters.
create or replace function private.plain_line(_text text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select coalesce(string_agg(private.plain_word(piece), ' ' order by place), '')
    from regexp_split_to_table(private.folded(_text), private.no_letters()) with ordinality pieces (piece, place)
   where piece <> ''
$$;

-- Why a sentence is refused, null where it is not; read in pieces that overlap by more than a word.
create or replace function private.refused_prompt(_text text) returns text
language sql stable security definer set search_path = '', pg_temp as $$
  with pieces as materialized (
    select ' ' || private.plain_line(substr(_text, place, 500)) || ' ' as line
      from generate_series(1, greatest(1, char_length(_text) - 100), 400) place
  )
  select refused.kind
    from private.refused_words refused, pieces
   where position(' ' || refused.word || ' ' in pieces.line) > 0
   order by refused.kind
   limit 1
$$;

-- A request is refused before anything is spent: for its scene's sentence, and for a photo that was refused before.
create or replace function private.refuse_unsafe(_prompt text, _photo_path text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _kind text := private.refused_prompt(_prompt);
begin
  if _kind is not null then
    perform private.refuse(422, 'prompt_refused', 'Pictures of this scene are not made here.', 'Choose another scene.',
      jsonb_build_object('moderation_stage', 'prompt', 'kind', _kind));
  end if;
  if exists (
    select from storage.objects
      join private.picture_verdicts verdicts
        on verdicts.is_refused
       and verdicts.md5 = btrim(objects.metadata ->> 'eTag', '"')
       and verdicts.bytes = private.object_bytes(objects.metadata)
     where objects.bucket_id = 'photos' and objects.name = _photo_path)
  then
    perform private.refuse(422, 'photo_refused', 'This photo was refused before.', 'Choose another photo.',
      jsonb_build_object('moderation_stage', 'photo'));
  end if;
end $$;

-- What is known of a file: true where it is refused, false where an admin let it through, null where nobody looked.
create or replace function private.picture_verdict(_sha256 bytea) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select is_refused from private.picture_verdicts where sha256 = _sha256
$$;

-- A generation's photo, or a picture of it, is refused; `_object` is its name in the bucket quarantine, if it was put there.
create or replace function private.refuse_picture(
  _generation uuid, _stage text, _sha256 bytea, _md5 text, _bytes bigint, _score real, _object text
) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  insert into private.picture_verdicts (sha256, md5, bytes, is_refused) values (_sha256, _md5, _bytes, true)
  on conflict (sha256) do nothing;
  insert into private.refused_pictures (generation_id, stage, sha256, object_name, score)
  select generations.id, _stage, _sha256, _object, _score from public.generations where generations.id = _generation;
  perform private.note_stage(_generation, _stage);
end $$;

-- Where a generation, or a part of it, was refused: of the scene's sentence, of the photo, of what came out.
create or replace function private.note_stage(_generation uuid, _stage text) returns void
language sql security definer set search_path = '', pg_temp as $$
  update public.generations
     set moderation_stage = _stage
   where id = _generation
     and status in ('queued', 'submitting', 'running', 'storing')
     and moderation_stage is distinct from _stage
$$;

-- How the caller's own generation was refused: `{"stage", "appeal": status | null}`, null where it was not.
create or replace function private.own_moderation(_generation uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('stage', generations.moderation_stage,
                            'appeal', (select appeals.status from private.appeals where appeals.generation_id = generations.id))
    from public.generations
   where generations.id = _generation
     and generations.user_id = auth.uid()
     and generations.moderation_stage is not null
$$;

-- The actor says that a generation of theirs was refused wrongly, once: `{"appeal": row}`.
create or replace function private.appeal(_generation uuid, _message text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _asked public.generations;
  _row   private.appeals;
begin
  select * into _asked from public.generations where id = _generation and user_id = _actor;
  if _asked.id is null then
    perform private.refuse(404, 'generation_not_found', 'There is no such generation.');
  elsif _asked.moderation_stage is null then
    perform private.refuse(409, 'nothing_to_appeal', 'Nothing of this generation was refused.');
  end if;
  insert into private.appeals (generation_id, message) values (_generation, _message)
  on conflict (generation_id) do nothing
  returning * into _row;
  if not found then
    perform private.refuse(409, 'already_appealed', 'You have objected to this already.', 'What becomes of it stands with the generation.');
  end if;
  return jsonb_build_object('appeal', jsonb_build_object(
    'id', _row.id, 'generation_id', _row.generation_id, 'message', _row.message, 'status', _row.status,
    'outcome', _row.outcome, 'created_at', _row.created_at, 'decided_at', _row.decided_at));
end $$;

-- An appeal as admins read it, with the names of what lies in the bucket quarantine.
create or replace function private.appeal_row(_row private.appeals) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select to_jsonb(_row) || jsonb_build_object(
           'user_id', generations.user_id, 'stage', generations.moderation_stage,
           'pictures', (select coalesce(jsonb_agg(jsonb_build_object('name', refused.object_name, 'stage', refused.stage,
                                                                     'score', refused.score) order by refused.created_at), '[]')
                          from private.refused_pictures refused
                         where refused.generation_id = generations.id and refused.object_name is not null))
    from public.generations
   where generations.id = _row.generation_id
$$;

-- A page of the queue, the oldest first, those after one: `{"appeals": [row, …]}`. Admins only.
create or replace function private.read_appeals(_status text, _after bigint, _appeals_max integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return (
    select jsonb_build_object('appeals', coalesce(jsonb_agg(private.appeal_row(page) order by page.number), '[]'))
      from (select appeals.* from private.appeals
             where appeals.status = _status and appeals.number > coalesce(_after, 0)
             order by appeals.number
             limit _appeals_max) page);
end $$;

-- An admin decides, once: `{"appeal": row}`. Files that are overturned are not refused again.
create or replace function private.decide_appeal(_appeal uuid, _status text, _outcome text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.appeals;
begin
  perform private.refuse_unless_admin();
  select * into _row from private.appeals where id = _appeal for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such appeal.');
  elsif _row.status <> 'open' then
    perform private.refuse(409, 'appeal_closed', 'The appeal is decided.', null, jsonb_build_object('status', _row.status));
  end if;
  update private.appeals
     set status = _status, outcome = _outcome, decided_by = private.actor(), decided_at = now()
   where id = _appeal
  returning * into _row;
  if _status = 'overturned' then
    update private.picture_verdicts
       set is_refused = false
     where sha256 in (select refused.sha256 from private.refused_pictures refused
                       where refused.generation_id = _row.generation_id);
  end if;
  return jsonb_build_object('appeal', private.appeal_row(_row));
end $$;

-- What lies in quarantine longer than that goes, but for what somebody objected to and nobody decided; how many.
create or replace function private.empty_quarantine(_days integer) returns integer
language sql security definer set search_path = '', pg_temp as $$
  with gone as (
    delete from private.refused_pictures refused
     where refused.created_at < now() - make_interval(days => _days)
       and not exists (select from private.appeals
                        where appeals.generation_id = refused.generation_id and appeals.status = 'open')
    returning 1
  )
  select count(*)::integer from gone
$$;

-- A refused picture's row takes its object with it.
create or replace function private.remove_refused_objects() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if old.object_name is not null then
    insert into private.object_removals (bucket_id, name) values ('quarantine', old.object_name)
    on conflict (bucket_id, name) do nothing;
  end if;
  return null;
end $$;

revoke execute on function
  private.plain_line(text), private.refused_prompt(text), private.refuse_unsafe(text, text), private.picture_verdict(bytea),
  private.refuse_picture(uuid, text, bytea, text, bigint, real, text), private.note_stage(uuid, text),
  private.own_moderation(uuid), private.appeal(uuid, text), private.appeal_row(private.appeals),
  private.read_appeals(text, bigint, integer), private.decide_appeal(uuid, text, text), private.empty_quarantine(integer),
  private.remove_refused_objects()
  from public;
grant execute on function
  private.plain_line(text), private.refused_prompt(text), private.refuse_unsafe(text, text), private.picture_verdict(bytea),
  private.refuse_picture(uuid, text, bytea, text, bigint, real, text), private.note_stage(uuid, text),
  private.own_moderation(uuid), private.appeal(uuid, text), private.appeal_row(private.appeals),
  private.read_appeals(text, bigint, integer), private.decide_appeal(uuid, text, text), private.empty_quarantine(integer)
  to service_role;
