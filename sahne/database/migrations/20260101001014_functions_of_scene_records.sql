-- The functions of scenes' records as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- What the verbs of admins share: a scene and a category whole, what is refused of them, a dry run, and the log.

-- What would be made of these fields, over those of a scene that is there, and why it could not be kept:
-- `{"scene": {…}, "faults": [{field, what}]}`. Nothing is written.
create or replace function private.preview_scene(_scene uuid, _fields jsonb) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _made private.scene_versions;
begin
  perform private.refuse_unless_admin();
  if _scene is not null then
    perform private.refuse_unless_scene(_scene);
    _made := private.scene_as_made(_scene);
  end if;
  _made := jsonb_populate_record(_made, _fields);
  return jsonb_build_object(
    'scene', jsonb_build_object(
      'prompt_template', coalesce(_made.prompt_template, ''), 'negative_prompt', _made.negative_prompt,
      'style_keywords', coalesce(_made.style_keywords, '{}'), 'category', coalesce(_made.category, ''),
      'providers', _made.providers),
    'faults', (
      select coalesce(jsonb_agg(jsonb_build_object('field', field, 'what', what) order by place), '[]')
        from (select 1 as place, 'prompt_template' as field, 'says nothing' as what
               where not coalesce(private.is_visible(_made.prompt_template), false)
              union all
              select 2, 'prompt_template', 'does not know ' || fault
                from unnest(private.template_faults(_made.prompt_template)) fault
              union all
              select 3, 'category', 'is not there'
               where not exists (select from public.categories where slug = _made.category)) found));
end $$;

-- Said by name which piece of a template is wrong, where the constraint says only that one is.
create or replace function private.refuse_false_prompts(_template text, _category text) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _faults text[] := private.template_faults(_template);
begin
  if not coalesce(private.is_visible(_template), false) then
    perform private.refuse(422, 'unprocessable', 'A template says something.');
  elsif cardinality(_faults) > 0 then
    perform private.refuse(422, 'unprocessable', 'A template''s braces hold gender, style or category, and nothing else.',
      'Placeholders are {gender}, {style} and {category}.', jsonb_build_object('unknown', _faults));
  elsif not exists (select from public.categories where slug = _category) then
    perform private.refuse(422, 'unprocessable', 'There is no such category.', null,
                           jsonb_build_object('category', _category));
  end if;
end $$;

create or replace function private.refuse_unless_scene(_scene uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from public.scenes where id = _scene) then
    perform private.refuse(404, 'not_found', 'There is no such scene.');
  end if;
end $$;

-- The scene, locked: who changes it next waits.
create or replace function private.hold_scene(_scene uuid) returns public.scenes
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row public.scenes;
begin
  select * into _row from public.scenes where id = _scene for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such scene.');
  end if;
  return _row;
end $$;

-- A scene with what makes its pictures, its translations, its version and whether one is tried.
create or replace function private.admin_scene(_scene uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'scene',           private.scene_row(scenes),
           'prompt_template', scenes.prompt_template,
           'negative_prompt', scenes.negative_prompt,
           'providers',       makers.providers,
           'translations',    coalesce((
             select jsonb_agg(jsonb_build_object('locale', locale, 'name', name, 'description', description) order by locale)
               from public.scene_translations where scene_id = scenes.id), '[]'),
           'version',         newest.number,
           'version_id',      newest.id,
           'is_offered',      private.is_offered(scenes),
           'experiment_id',   (
             select id from private.scene_experiments where scene_id = scenes.id and ended_at is null))
    from public.scenes
    left join private.scene_providers makers on makers.scene_id = scenes.id
    left join lateral private.newest_version(scenes.id) newest on true
   where scenes.id = _scene
$$;

create or replace function private.admin_category(_category uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'category',     private.category_row(categories),
           'translations', coalesce((
             select jsonb_agg(jsonb_build_object('locale', locale, 'name', name, 'description', description) order by locale)
               from public.category_translations where category_id = categories.id), '[]'))
    from public.categories
   where categories.id = _category
$$;

create or replace function private.log_studio_act(_act text, _subject uuid, _details jsonb default '{}') returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.studio_log (actor_id, act, subject_id, details)
  values (auth.uid(), _act, _subject, jsonb_strip_nulls(_details))
$$;

-- A page of what admins did, the newest first: `{"acts": [row]}`, those before one.
create or replace function private.read_studio_log(_before bigint, _limit integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('acts', coalesce((
    select jsonb_agg(private.studio_act_row(page.act) order by (page.act).id desc)
      from (select acts as act
              from private.studio_log acts
             where _before is null or acts.id < _before
             order by acts.id desc
             limit _limit) page), '[]'));
end $$;

create or replace function private.studio_act_row(_row private.studio_log) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object('id', _row.id, 'actor_id', _row.actor_id, 'act', _row.act, 'subject_id', _row.subject_id,
                            'details', _row.details, 'created_at', _row.created_at)
$$;

revoke execute on function
  private.preview_scene(uuid, jsonb), private.refuse_false_prompts(text, text), private.refuse_unless_scene(uuid),
  private.hold_scene(uuid), private.admin_scene(uuid), private.admin_category(uuid),
  private.log_studio_act(text, uuid, jsonb), private.read_studio_log(bigint, integer),
  private.studio_act_row(private.studio_log)
  from public;
grant execute on function
  private.preview_scene(uuid, jsonb), private.refuse_false_prompts(text, text), private.refuse_unless_scene(uuid),
  private.hold_scene(uuid), private.admin_scene(uuid), private.admin_category(uuid),
  private.log_studio_act(text, uuid, jsonb), private.read_studio_log(bigint, integer),
  private.studio_act_row(private.studio_log)
  to service_role;
