-- How a scene's pictures are made, and were: every change of its template, negative prompt, keywords, category or makers is a
-- version, numbered in the order in which they came, whoever wrote it by whichever door. A generation remembers its version.

-- What is wrong with a template: each piece in braces that is no placeholder, and each brace without its other one.
create or replace function private.template_faults(_template text) returns text[]
language sql immutable set search_path = '', pg_temp as $$
  select coalesce(array_agg(found[1] order by place), '{}')
    from regexp_matches(regexp_replace(_template, '\{(gender|style|category)\}', '', 'g'), '\{[^{}]*\}|[{}]', 'g')
         with ordinality faults (found, place)
$$;

-- A template, a negative prompt, keywords, a category and makers become the next version of a scene, which is locked.
create or replace function private.add_scene_version(
  _scene uuid, _made private.scene_versions, _is_variant boolean, _note text
) returns uuid
language sql security definer set search_path = '', pg_temp as $$
  insert into private.scene_versions
         (scene_id, number, prompt_template, negative_prompt, style_keywords, category, providers, is_variant, note, made_by)
  select _scene, coalesce((select max(number) from private.scene_versions where scene_id = _scene), 0) + 1,
         _made.prompt_template, _made.negative_prompt, _made.style_keywords, _made.category, _made.providers, _is_variant,
         _note, (select users.id from auth.users where users.id = auth.uid())
  returning id
$$;

-- The way a scene's pictures are made now is its newest version, if it was not before: that version's id.
create or replace function private.keep_scene_version(_scene uuid, _note text default null) returns uuid
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _now    private.scene_versions;
  _newest private.scene_versions;
begin
  -- two who save at once are numbered one after the other
  perform from public.scenes where id = _scene for no key update;
  if not found then
    return null;
  end if;
  _now := private.scene_as_made(_scene);
  _newest := private.newest_version(_scene);
  if private.makes_the_same(_now, _newest) then
    return _newest.id;
  end if;
  return private.add_scene_version(_scene, _now, false, _note);
end $$;

-- What the rows of a scene say of how its pictures are made.
create or replace function private.scene_as_made(_scene uuid) returns private.scene_versions
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _made private.scene_versions;
begin
  select scenes.prompt_template, scenes.negative_prompt, scenes.style_keywords, scenes.category, makers.providers
    into _made.prompt_template, _made.negative_prompt, _made.style_keywords, _made.category, _made.providers
    from public.scenes
    left join private.scene_providers makers on makers.scene_id = scenes.id
   where scenes.id = _scene;
  return _made;
end $$;

create or replace function private.newest_version(_scene uuid) returns private.scene_versions
language sql stable security definer set search_path = '', pg_temp as $$
  select versions
    from private.scene_versions versions
   where versions.scene_id = _scene
     and not versions.is_variant
   order by versions.number desc
   limit 1
$$;

create or replace function private.makes_the_same(_one private.scene_versions, _other private.scene_versions) returns boolean
language sql immutable set search_path = '', pg_temp as $$
  select (_one.prompt_template, _one.negative_prompt, _one.style_keywords, _one.category, _one.providers)
         is not distinct from
         (_other.prompt_template, _other.negative_prompt, _other.style_keywords, _other.category, _other.providers)
$$;

-- Asked at the end of the transaction, so that what is saved together is one version.
create or replace function private.version_scene() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_table_name = 'scenes' then
    perform private.keep_scene_version(new.id);
  elsif tg_op = 'DELETE' then
    perform private.keep_scene_version(old.scene_id);
  else
    perform private.keep_scene_version(new.scene_id);
  end if;
  return null;
end $$;

-- How somebody's picture of a scene is made: by the version that is asked for, else by the variant that is theirs, else by
-- the newest.
create or replace function private.version_to_make(_scene uuid, _user uuid, _version uuid)
returns table (
  version_id uuid, variant_id uuid, prompt_template text, negative_prompt text, style_keywords text[], category text,
  providers text[]
)
language sql stable security definer set search_path = '', pg_temp as $$
  with asked as (
    select id from private.scene_versions where id = _version and scene_id = _scene
  ), given as (
    select variants.id, variants.version_id
      from private.scene_experiments experiments
      join private.scene_variants variants on variants.id = private.variant_for(experiments.id, _user)
     where experiments.scene_id = _scene
       and experiments.ended_at is null
       and not exists (select from asked)
  )
  select versions.id, (select id from given), versions.prompt_template, versions.negative_prompt, versions.style_keywords,
         versions.category, versions.providers
    from private.scene_versions versions
   where versions.id = coalesce(
           (select id from asked), (select version_id from given), (private.newest_version(_scene)).id)
$$;

-- A page of a scene's versions, the newest first: `{"versions": [row]}`, those before a number.
create or replace function private.list_scene_versions(_scene uuid, _before integer, _limit integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_scene(_scene);
  return jsonb_build_object('versions', coalesce((
    select jsonb_agg(private.scene_version_row(page.version) order by (page.version).number desc)
      from (select versions as version
              from private.scene_versions versions
             where versions.scene_id = _scene
               and (_before is null or versions.number < _before)
             order by versions.number desc
             limit _limit) page), '[]'));
end $$;

-- What one version has otherwise than another: `{"changes": [{field, before, after}]}`, lists as words with commas between.
create or replace function private.compare_scene_versions(_before uuid, _after uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _one   private.scene_versions;
  _other private.scene_versions;
begin
  perform private.refuse_unless_admin();
  select * into _one from private.scene_versions where id = _before;
  select * into _other from private.scene_versions where id = _after;
  if _one.id is null or _other.scene_id is distinct from _one.scene_id then
    perform private.refuse(404, 'not_found', 'A scene has no two such versions.');
  end if;
  return jsonb_build_object('changes', coalesce((
    select jsonb_agg(jsonb_build_object('field', field, 'before', was, 'after', becomes) order by place)
      from (values (1, 'prompt_template', _one.prompt_template, _other.prompt_template),
                   (2, 'negative_prompt', _one.negative_prompt, _other.negative_prompt),
                   (3, 'style_keywords', array_to_string(_one.style_keywords, ', '),
                    array_to_string(_other.style_keywords, ', ')),
                   (4, 'category', _one.category, _other.category),
                   (5, 'providers', array_to_string(_one.providers, ', '), array_to_string(_other.providers, ', '))
           ) fields (place, field, was, becomes)
     where was is distinct from becomes), '[]'));
end $$;

-- An older way of making a scene's pictures becomes the newest version: `{"scene": row}`.
create or replace function private.restore_scene_version(_version uuid, _note text default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _old private.scene_versions;
begin
  perform private.refuse_unless_admin();
  select * into _old from private.scene_versions where id = _version;
  if _old.id is null then
    perform private.refuse(404, 'not_found', 'There is no such version.');
  end if;
  perform private.hold_scene(_old.scene_id);
  perform private.refuse_while_tried(_old.scene_id);
  perform private.make_scene_by(_old.scene_id, _old);
  perform private.keep_scene_version(_old.scene_id, coalesce(_note, 'Version ' || _old.number || ' again'));
  perform private.log_studio_act('restore_version', _old.scene_id, jsonb_build_object('number', _old.number));
  return jsonb_build_object('scene', private.admin_scene(_old.scene_id));
end $$;

-- A scene's rows say what a version says.
create or replace function private.make_scene_by(_scene uuid, _made private.scene_versions) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  update public.scenes
     set prompt_template = _made.prompt_template, negative_prompt = _made.negative_prompt,
         style_keywords = _made.style_keywords, category = _made.category
   where id = _scene;
  perform private.set_scene_providers(_scene, _made.providers);
end $$;

create or replace function private.scene_version_row(_row private.scene_versions) returns jsonb
language sql stable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',              _row.id,
           'scene_id',        _row.scene_id,
           'number',          _row.number,
           'prompt_template', _row.prompt_template,
           'negative_prompt', _row.negative_prompt,
           'style_keywords',  _row.style_keywords,
           'category',        _row.category,
           'providers',       _row.providers,
           'is_variant',      _row.is_variant,
           'note',            _row.note,
           'made_by',         _row.made_by,
           'created_at',      _row.created_at)
$$;

revoke execute on function
  private.template_faults(text), private.add_scene_version(uuid, private.scene_versions, boolean, text),
  private.keep_scene_version(uuid, text), private.scene_as_made(uuid), private.newest_version(uuid),
  private.makes_the_same(private.scene_versions, private.scene_versions), private.version_scene(),
  private.version_to_make(uuid, uuid, uuid), private.list_scene_versions(uuid, integer, integer),
  private.compare_scene_versions(uuid, uuid), private.restore_scene_version(uuid, text),
  private.make_scene_by(uuid, private.scene_versions), private.scene_version_row(private.scene_versions)
  from public;
grant execute on function
  private.template_faults(text), private.add_scene_version(uuid, private.scene_versions, boolean, text),
  private.keep_scene_version(uuid, text), private.scene_as_made(uuid), private.newest_version(uuid),
  private.makes_the_same(private.scene_versions, private.scene_versions), private.version_to_make(uuid, uuid, uuid),
  private.list_scene_versions(uuid, integer, integer), private.compare_scene_versions(uuid, uuid),
  private.restore_scene_version(uuid, text), private.make_scene_by(uuid, private.scene_versions),
  private.scene_version_row(private.scene_versions)
  to service_role;
