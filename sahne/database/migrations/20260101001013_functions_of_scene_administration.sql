-- The functions of admins of scenes as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- Scenes and categories as admins keep them. What makes a scene's pictures is told to nobody else.

-- All of them in their order, retired ones too: `{"scenes": [row], "next"}`.
create or replace function private.admin_scenes(_after text default null, _limit integer default 50) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _from   text[] := string_to_array(_after, '_');
  _scenes public.scenes[];
begin
  perform private.refuse_unless_admin();
  select array_agg(page.scene order by page.place, page.id) into _scenes
    from (select scenes as scene, private.scene_place(scenes, 'featured') as place, scenes.id
            from public.scenes
           where _after is null
              or (private.scene_place(scenes, 'featured'), scenes.id) > (_from[1]::float8, _from[2]::uuid)
           order by place, scenes.id
           limit _limit) page;
  return jsonb_build_object(
    'scenes', coalesce((select jsonb_agg(private.admin_scene(scenes.id) order by scenes.ordinality)
                          from unnest(_scenes) with ordinality scenes), '[]'),
    'next', case when cardinality(_scenes) = _limit
                 then private.scene_place(_scenes[_limit], 'featured') || '_' || (_scenes[_limit]).id end);
end $$;

-- One scene with all of it: `{"scene": row}`.
create or replace function private.read_admin_scene(_scene uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_scene(_scene);
  return jsonb_build_object('scene', private.admin_scene(_scene));
end $$;

-- A scene more, or what is in `_fields` of one that is there; `translations` and `providers` are replaced whole:
-- `{"scene": row}`.
create or replace function private.save_scene(_scene uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.scenes;
  _words jsonb := _fields - '{providers,translations,note}'::text[];
  _id    uuid := coalesce(_scene, gen_random_uuid());
begin
  perform private.refuse_unless_admin();
  if _scene is null then
    _row := jsonb_populate_record(
      null::public.scenes, '{"is_active": true, "is_premium": false, "order_index": 0}' || _words);
  else
    _row := jsonb_populate_record(private.hold_scene(_scene), _words);
    if _fields ?| '{prompt_template,negative_prompt,style_keywords,category,providers}' then
      perform private.refuse_while_tried(_scene);
    end if;
  end if;
  if not coalesce(private.is_visible(_row.name), false) then
    perform private.refuse(422, 'unprocessable', 'A scene has a name that shows something.');
  elsif not coalesce(private.is_link(_row.preview_url) and private.is_link(_row.thumbnail_url), true) then
    perform private.refuse(422, 'unprocessable', 'A picture''s address is a path, or begins with https.');
  end if;
  perform private.refuse_false_prompts(_row.prompt_template, _row.category);
  insert into public.scenes
         (id, name, description, category, subcategory, preview_url, thumbnail_url, prompt_template, negative_prompt,
          style_keywords, is_active, is_premium, order_index, active_from, active_until)
  select _id, _row.name, _row.description, _row.category, _row.subcategory, _row.preview_url, _row.thumbnail_url,
         _row.prompt_template, _row.negative_prompt, _row.style_keywords, _row.is_active, _row.is_premium, _row.order_index,
         _row.active_from, _row.active_until
  on conflict (id) do update
    set name = excluded.name, description = excluded.description, category = excluded.category,
        subcategory = excluded.subcategory, preview_url = excluded.preview_url, thumbnail_url = excluded.thumbnail_url,
        prompt_template = excluded.prompt_template, negative_prompt = excluded.negative_prompt,
        style_keywords = excluded.style_keywords, is_active = excluded.is_active, is_premium = excluded.is_premium,
        order_index = excluded.order_index, active_from = excluded.active_from, active_until = excluded.active_until;
  if _fields ? 'providers' then
    perform private.set_scene_providers(
      _id, case when jsonb_typeof(_fields -> 'providers') = 'array'
                then array(select jsonb_array_elements_text(_fields -> 'providers')) end);
  end if;
  if _fields ? 'translations' then
    delete from public.scene_translations where scene_id = _id;
    insert into public.scene_translations (scene_id, locale, name, description)
    select _id, each.locale, each.name, each.description
      from jsonb_to_recordset(_fields -> 'translations') each (locale text, name text, description text);
  end if;
  perform private.keep_scene_version(_id, _fields ->> 'note');
  perform private.log_studio_act(
    case when _scene is null then 'add_scene' else 'edit_scene' end, _id,
    jsonb_build_object('fields', (select jsonb_agg(field order by field) from jsonb_object_keys(_fields) field)));
  return jsonb_build_object('scene', private.admin_scene(_id));
end $$;

-- Whom a scene asks first; null is the order of the settings.
create or replace function private.set_scene_providers(_scene uuid, _providers text[]) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _providers is null then
    delete from private.scene_providers where scene_id = _scene;
  else
    insert into private.scene_providers (scene_id, providers) values (_scene, _providers)
    on conflict (scene_id) do update set providers = excluded.providers;
  end if;
end $$;

-- Scenes in the order that is given, 1, 2, 3 …; others stay where they are: `{"ordered": how many}`.
create or replace function private.order_scenes(_scenes uuid[]) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _ordered integer;
begin
  perform private.refuse_unless_admin();
  perform from public.scenes where id = any (_scenes) order by id for no key update;
  update public.scenes set order_index = given.place
    from unnest(_scenes) with ordinality given (id, place)
   where scenes.id = given.id;
  get diagnostics _ordered = row_count;
  if _ordered < cardinality(_scenes) then
    perform private.refuse(404, 'not_found', 'One of these scenes is not there, or is named twice.');
  end if;
  perform private.log_studio_act('order_scenes', null, jsonb_build_object('scenes', to_jsonb(_scenes)));
  return jsonb_build_object('ordered', _ordered);
end $$;

-- Every category, retired ones too: `{"categories": [row]}`.
create or replace function private.admin_categories() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return jsonb_build_object('categories', coalesce((
    select jsonb_agg(private.admin_category(categories.id) order by categories.order_index, categories.name)
      from public.categories), '[]'));
end $$;

-- A category more, or what is in `_fields` of one that is there: `{"category": row}`. Scenes follow a slug that changes.
create or replace function private.save_category(_category uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   public.categories;
  _words jsonb := _fields - 'translations';
  _id    uuid := coalesce(_category, gen_random_uuid());
begin
  perform private.refuse_unless_admin();
  if _category is null then
    _row := jsonb_populate_record(null::public.categories, '{"is_active": true, "order_index": 0}' || _words);
  else
    select * into _row from public.categories where id = _category for update;
    if _row.id is null then
      perform private.refuse(404, 'not_found', 'There is no such category.');
    end if;
    _row := jsonb_populate_record(_row, _words);
  end if;
  if not coalesce(private.is_visible(_row.name), false) then
    perform private.refuse(422, 'unprocessable', 'A category has a name that shows something.');
  end if;
  insert into public.categories (id, name, slug, description, icon, thumbnail_url, is_active, order_index)
  select _id, _row.name, _row.slug, _row.description, _row.icon, _row.thumbnail_url, _row.is_active, _row.order_index
  on conflict (id) do update
    set name = excluded.name, slug = excluded.slug, description = excluded.description, icon = excluded.icon,
        thumbnail_url = excluded.thumbnail_url, is_active = excluded.is_active, order_index = excluded.order_index;
  if _fields ? 'translations' then
    delete from public.category_translations where category_id = _id;
    insert into public.category_translations (category_id, locale, name, description)
    select _id, each.locale, each.name, each.description
      from jsonb_to_recordset(_fields -> 'translations') each (locale text, name text, description text);
  end if;
  perform private.log_studio_act(
    case when _category is null then 'add_category' else 'edit_category' end, _id,
    jsonb_build_object('fields', (select jsonb_agg(field order by field) from jsonb_object_keys(_fields) field)));
  return jsonb_build_object('category', private.admin_category(_id));
end $$;

-- Categories in the order that is given: `{"ordered": how many}`.
create or replace function private.order_categories(_categories uuid[]) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _ordered integer;
begin
  perform private.refuse_unless_admin();
  perform from public.categories where id = any (_categories) order by slug for no key update;
  update public.categories set order_index = given.place
    from unnest(_categories) with ordinality given (id, place)
   where categories.id = given.id;
  get diagnostics _ordered = row_count;
  if _ordered < cardinality(_categories) then
    perform private.refuse(404, 'not_found', 'One of these categories is not there, or is named twice.');
  end if;
  perform private.log_studio_act('order_categories', null, jsonb_build_object('categories', to_jsonb(_categories)));
  return jsonb_build_object('ordered', _ordered);
end $$;

revoke execute on function
  private.admin_scenes(text, integer), private.read_admin_scene(uuid), private.save_scene(uuid, jsonb),
  private.set_scene_providers(uuid, text[]), private.order_scenes(uuid[]), private.admin_categories(),
  private.save_category(uuid, jsonb), private.order_categories(uuid[])
  from public;
grant execute on function
  private.admin_scenes(text, integer), private.read_admin_scene(uuid), private.save_scene(uuid, jsonb),
  private.set_scene_providers(uuid, text[]), private.order_scenes(uuid[]), private.admin_categories(),
  private.save_category(uuid, jsonb), private.order_categories(uuid[])
  to service_role;
