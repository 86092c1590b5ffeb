-- Experiments: people get one of several ways of making a scene's pictures, always the same one, in shares as they are
-- weighed; what came of each is counted, and the one that is chosen becomes the scene's next version.

-- Which variant is somebody's: where a hash of person, scene and experiment falls among the weights. PostgreSQL's own hash
-- functions may change between versions; SHA-256 does not.
create or replace function private.variant_for(_experiment uuid, _user uuid) returns uuid
language sql stable security definer set search_path = '', pg_temp as $$
  with shares as (
    select id, sum(weight) over (order by label) as upto, sum(weight) over () as whole
      from private.scene_variants
     where experiment_id = _experiment
  ), fallen as (
    select ('x' || encode(substring(sha256(convert_to(concat_ws(':', _user, scene_id, id), 'utf8')) for 4), 'hex'))
             ::bit(32)::bigint as place
      from private.scene_experiments
     where id = _experiment
  )
  select shares.id
    from shares
   cross join fallen
   where fallen.place * shares.whole < shares.upto * 4294967296
   order by shares.upto
   limit 1
$$;

-- Begin one. Each of `_variants` has a label, a weight and what it makes otherwise than the scene does now:
-- `{"experiment": row}`.
create or replace function private.start_experiment(_scene uuid, _name text, _variants jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _newest     private.scene_versions;
  _made       private.scene_versions;
  _experiment private.scene_experiments;
  _each       jsonb;
  _version    uuid;
begin
  perform private.refuse_unless_admin();
  perform private.hold_scene(_scene);
  perform private.refuse_while_tried(_scene);
  if (select count(distinct each ->> 'label') < count(*) from jsonb_array_elements(_variants) each) then
    perform private.refuse(422, 'unprocessable', 'Each variant has a label of its own.');
  end if;
  perform private.keep_scene_version(_scene);
  _newest := private.newest_version(_scene);
  insert into private.scene_experiments (scene_id, name, started_by) values (_scene, _name, auth.uid())
  returning * into _experiment;
  for _each in select value from jsonb_array_elements(_variants) loop
    _made := jsonb_populate_record(_newest, _each - '{label,weight}'::text[]);
    perform private.refuse_false_prompts(_made.prompt_template, _made.category);
    _version := case when private.makes_the_same(_made, _newest) then _newest.id
                     else private.add_scene_version(_scene, _made, true, left(_name || ': ' || (_each ->> 'label'), 500)) end;
    insert into private.scene_variants (experiment_id, label, weight, version_id)
    values (_experiment.id, _each ->> 'label', (_each ->> 'weight')::integer, _version);
  end loop;
  perform private.log_studio_act('start_experiment', _scene, jsonb_build_object('name', _name));
  return jsonb_build_object('experiment', private.experiment_row(_experiment));
end $$;

-- It is over. With a winner the scene is made its way from now on: `{"experiment": row, "scene": row}`.
create or replace function private.end_experiment(_experiment uuid, _winner uuid default null) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row     private.scene_experiments;
  _variant private.scene_variants;
  _version private.scene_versions;
begin
  perform private.refuse_unless_admin();
  select * into _row from private.scene_experiments where id = _experiment;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such experiment.');
  end if;
  perform private.hold_scene(_row.scene_id);
  update private.scene_experiments set ended_at = now() where id = _experiment and ended_at is null returning * into _row;
  if not found then
    perform private.refuse(409, 'experiment_ended', 'The experiment is over already.');
  end if;
  if _winner is not null then
    update private.scene_variants set is_winner = true where id = _winner and experiment_id = _experiment
    returning * into _variant;
    if _variant.id is null then
      perform private.refuse(404, 'not_found', 'The experiment has no such variant.');
    end if;
    select * into _version from private.scene_versions where id = _variant.version_id;
    perform private.make_scene_by(_row.scene_id, _version);
    perform private.keep_scene_version(_row.scene_id, left(_row.name || ': ' || _variant.label || ' has won', 500));
  end if;
  perform private.log_studio_act(
    'end_experiment', _row.scene_id, jsonb_build_object('name', _row.name, 'winner', _variant.label));
  return jsonb_build_object('experiment', private.experiment_row(_row), 'scene', private.admin_scene(_row.scene_id));
end $$;

-- The last experiments with a scene, the newest first: `{"experiments": [row]}`.
create or replace function private.list_experiments(_scene uuid, _experiments_max integer default 50) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  perform private.refuse_unless_scene(_scene);
  return jsonb_build_object('experiments', coalesce((
    select jsonb_agg(private.experiment_row(page.experiment) order by (page.experiment).started_at desc)
      from (select experiments as experiment
              from private.scene_experiments experiments
             where experiments.scene_id = _scene
             order by experiments.started_at desc
             limit _experiments_max) page), '[]'));
end $$;

-- An experiment with what came of each variant: people, generations, pictures that came, and of those that are still there
-- how many are in favour and how many were ever shown to others by a link.
create or replace function private.experiment_row(_row private.scene_experiments) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'scene_id',   _row.scene_id,
           'name',       _row.name,
           'started_at', _row.started_at,
           'ended_at',   _row.ended_at,
           'variants',   (
             select jsonb_agg(
                      jsonb_build_object(
                        'id', variants.id, 'label', variants.label, 'weight', variants.weight,
                        'version_id', versions.id, 'version', versions.number, 'is_winner', variants.is_winner,
                        'people', asked.people, 'asked', asked.generations, 'failed', asked.failed,
                        'made', made.images, 'kept', made.kept, 'favourites', made.favourites, 'shared', made.shared)
                      order by variants.label)
               from private.scene_variants variants
               join private.scene_versions versions on versions.id = variants.version_id
              cross join lateral (
                select count(distinct generations.user_id) as people, count(*) as generations,
                       count(*) filter (where generations.status in ('failed', 'moderated', 'expired')) as failed
                  from public.generations
                 where generations.scene_variant_id = variants.id) asked
              cross join lateral (
                select coalesce(sum(coalesce(reservations.kept, there.images)), 0)::bigint as images,
                       coalesce(sum(there.images), 0)::bigint as kept,
                       coalesce(sum(there.favourites), 0)::bigint as favourites,
                       coalesce(sum(there.shared), 0)::bigint as shared
                  from public.generations
                  left join private.quota_reservations reservations on reservations.generation_id = generations.id
                 cross join lateral (
                   select count(*) as images, count(*) filter (where images.is_favorite) as favourites,
                          count(*) filter (where private.was_shared(images.id)) as shared
                     from public.generated_images images
                    where images.generation_id = generations.id) there
                 where generations.scene_variant_id = variants.id) made
              where variants.experiment_id = _row.id))
$$;

-- Whether a picture was ever shown to others by a link, of its own or of a collection it is in.
create or replace function private.was_shared(_image uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select exists (select from private.image_shares shares where shares.image_id = _image)
      or exists (select from private.collection_images members
                   join private.image_shares shares on shares.collection_id = members.collection_id
                  where members.image_id = _image)
$$;

-- While an experiment goes on, the scene is made by its variants: how it is made changes when one of them is chosen.
create or replace function private.refuse_while_tried(_scene uuid) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if exists (select from private.scene_experiments where scene_id = _scene and ended_at is null) then
    perform private.refuse(409, 'experiment_running', 'An experiment with this scene is going on.', 'End it first.');
  end if;
end $$;

revoke execute on function
  private.variant_for(uuid, uuid), private.start_experiment(uuid, text, jsonb), private.end_experiment(uuid, uuid),
  private.list_experiments(uuid, integer), private.experiment_row(private.scene_experiments), private.was_shared(uuid),
  private.refuse_while_tried(uuid)
  from public;
grant execute on function
  private.variant_for(uuid, uuid), private.start_experiment(uuid, text, jsonb), private.end_experiment(uuid, uuid),
  private.list_experiments(uuid, integer), private.experiment_row(private.scene_experiments), private.was_shared(uuid),
  private.refuse_while_tried(uuid)
  to service_role;
