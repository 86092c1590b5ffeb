-- Scenes as people find them: those that are offered now, by words in any language, by group and place, a page after the
-- other, called what the language of the reader calls them.

-- Whether a scene is offered at this moment; policies say the same of themselves.
create or replace function private.is_offered(_row public.scenes) returns boolean
language sql stable set search_path = '', pg_temp as $$
  select _row.is_active and tstzrange(_row.active_from, _row.active_until) @> now()
$$;

-- `{"scenes": [row], "next"}`; `next` is where to go on, `after` of the page that follows; null at the end.
create or replace function private.list_scenes(
  _words text, _category text, _subcategory text, _is_premium boolean, _order text, _after text, _limit integer, _locale text
) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _folded text := coalesce(private.plain_words(_words), '');
  _from   text[] := string_to_array(_after, '_');
  _found  uuid[] := case when _folded <> '' then private.found_scenes(_folded) end;
  _scenes public.scenes[];
begin
  select array_agg(page.scene order by page.place, page.id) into _scenes
    from (select scenes as scene, private.scene_place(scenes, _order) as place, scenes.id
            from public.scenes
           where private.is_offered(scenes)
             and (_found is null or scenes.id = any (_found))
             and (_category is null or scenes.category = _category)
             and (_subcategory is null or scenes.subcategory = _subcategory)
             and (_is_premium is null or scenes.is_premium = _is_premium)
             and (_after is null
                  or (private.scene_place(scenes, _order), scenes.id) > (_from[1]::float8, _from[2]::uuid))
           order by place, scenes.id
           limit _limit) page;
  return jsonb_build_object(
    'scenes', coalesce((select jsonb_agg(private.scene_row(_scenes[place], _locale) order by place)
                          from generate_subscripts(_scenes, 1) place), '[]'),
    'next', case when cardinality(_scenes) = _limit
                 then private.scene_place(_scenes[_limit], _order) || '_' || (_scenes[_limit]).id end);
end $$;

-- Where a scene stands in a list, the smallest first.
create or replace function private.scene_place(_row public.scenes, _order text) returns float8
language sql stable set search_path = '', pg_temp as $$
  select case _order
    when 'newest' then -extract(epoch from _row.created_at)::float8
    when 'popular' then -coalesce(_row.usage_count, 0)::float8
    else coalesce(_row.order_index, 0)::float8
  end
$$;

-- Offered ones whose words begin as those that were typed; only where there are none, those that are like them.
create or replace function private.found_scenes(_folded text) returns uuid[]
language sql stable security definer set search_path = '', pg_temp as $$
  with offered as materialized (
    select words.scene_id, words.folded
      from private.scene_words words
      join public.scenes on scenes.id = words.scene_id
     where private.is_offered(scenes)
  ), called as (
    select scene_id
      from offered
     where not exists (
       select from regexp_split_to_table(_folded, ' ') typed where ' ' || offered.folded not like '% ' || typed || '%')
  )
  select array(
    select scene_id from called
    union all
    select scene_id
      from offered
     where not exists (select from called)
       and extensions.word_similarity(_folded, offered.folded) >= 0.45)
$$;

-- `{"categories": [row]}`, in their order.
create or replace function private.list_categories(_locale text) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('categories', coalesce((
    select jsonb_agg(private.category_row(categories, _locale) order by categories.order_index, categories.name)
      from public.categories
     where categories.is_active), '[]'))
$$;

-- What a client may select of a scene; name and description in the language, else as the scene has them.
create or replace function private.scene_row(_row public.scenes, _locale text default null) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',             _row.id,
           'name',           coalesce(words.name, _row.name),
           'description',    coalesce(words.description, _row.description),
           'category',       _row.category,
           'subcategory',    _row.subcategory,
           'preview_url',    _row.preview_url,
           'thumbnail_url',  _row.thumbnail_url,
           'style_keywords', _row.style_keywords,
           'is_active',      _row.is_active,
           'is_premium',     _row.is_premium,
           'order_index',    _row.order_index,
           'usage_count',    _row.usage_count,
           'created_at',     _row.created_at,
           'updated_at',     _row.updated_at,
           'active_from',    _row.active_from,
           'active_until',   _row.active_until)
    from (values (1)) one
    left join lateral (
      select name, description
        from public.scene_translations
       where scene_id = _row.id
         and locale in (_locale, split_part(_locale, '-', 1))
       order by char_length(locale) desc
       limit 1) words on true
$$;

create or replace function private.category_row(_row public.categories, _locale text default null) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',            _row.id,
           'name',          coalesce(words.name, _row.name),
           'slug',          _row.slug,
           'description',   coalesce(words.description, _row.description),
           'icon',          _row.icon,
           'thumbnail_url', _row.thumbnail_url,
           'is_active',     _row.is_active,
           'order_index',   _row.order_index,
           'scene_count',   _row.scene_count,
           'created_at',    _row.created_at,
           'updated_at',    _row.updated_at)
    from (values (1)) one
    left join lateral (
      select name, description
        from public.category_translations
       where category_id = _row.id
         and locale in (_locale, split_part(_locale, '-', 1))
       order by char_length(locale) desc
       limit 1) words on true
$$;

-- The words of these scenes, in all languages.
create or replace function private.fold_scene_words(_scenes uuid[]) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.scene_words (scene_id, folded)
  select scenes.id,
         private.plain_words(concat_ws(' ', scenes.name, scenes.description, scenes.subcategory,
           array_to_string(scenes.style_keywords, ' '), categories.name,
           (select string_agg(concat_ws(' ', name, description), ' ')
              from public.scene_translations where scene_id = scenes.id),
           (select string_agg(name, ' ') from public.category_translations where category_id = categories.id)))
    from public.scenes
    join public.categories on categories.slug = scenes.category
   where scenes.id = any (_scenes)
   order by scenes.id
  on conflict (scene_id) do update set folded = excluded.folded
$$;

-- They follow scene, category and translations; what they are of is said by the trigger.
create or replace function private.keep_scene_words() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if tg_table_name = 'scenes' then
    perform private.fold_scene_words(array[new.id]);
  elsif tg_table_name = 'categories' then
    perform private.fold_scene_words(array(select id from public.scenes where category = new.slug));
  elsif tg_table_name = 'scene_translations' then
    perform private.fold_scene_words(array[case when tg_op = 'DELETE' then old.scene_id else new.scene_id end]);
  else
    perform private.fold_scene_words(array(
      select scenes.id
        from public.scenes
        join public.categories on categories.slug = scenes.category
       where categories.id = case when tg_op = 'DELETE' then old.category_id else new.category_id end));
  end if;
  return null;
end $$;

revoke execute on function
  private.is_offered(public.scenes), private.list_scenes(text, text, text, boolean, text, text, integer, text),
  private.scene_place(public.scenes, text), private.found_scenes(text), private.list_categories(text),
  private.scene_row(public.scenes, text), private.category_row(public.categories, text),
  private.fold_scene_words(uuid[]), private.keep_scene_words()
  from public;
grant execute on function
  private.is_offered(public.scenes), private.list_scenes(text, text, text, boolean, text, text, integer, text),
  private.scene_place(public.scenes, text), private.found_scenes(text), private.list_categories(text),
  private.scene_row(public.scenes, text), private.category_row(public.categories, text),
  private.fold_scene_words(uuid[])
  to service_role;
