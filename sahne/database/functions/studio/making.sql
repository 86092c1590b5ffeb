-- What is known of a picture before it is asked for.

-- How a scene's pictures are made for the actor: `{"providers": [name] | null, "images_max", "models": [{"provider",
-- "has_photo"}], "here": {maker: seconds} | null, "elsewhere": seconds | null}`. Seconds are `[least, most]`, a quarter and nine
-- tenths of how long the last pictures took of a maker here, and of all elsewhere, of the last 200 of a day; of fewer than three
-- nothing is said.
create or replace function private.scene_making(_scene uuid) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  perform from public.scenes where id = _scene and private.is_offered(scenes);
  if not found then
    perform private.refuse(404, 'scene_not_found', 'There is no such scene.');
  end if;
  return (
    with latest as (
      select images.generation_time::double precision as seconds,
             made.is_elsewhere,
             case when not made.is_elsewhere then generations.provider end as maker
        from (select generation_id, generation_time
                from public.generated_images
               where created_at > now() - interval '1 day'
                 and generation_time is not null
                 and generation_id is not null
               order by created_at desc
               limit 200) images
        join public.generations on generations.id = images.generation_id
       cross join lateral (select private.is_made_elsewhere(generations.id) as is_elsewhere) made
    ), paces as (
      select is_elsewhere, maker, percentile_cont(array[0.25, 0.9]) within group (order by seconds) as seconds
        from latest
       group by is_elsewhere, maker
      having count(*) >= 3
    ), told as (
      select is_elsewhere, maker,
             jsonb_build_array(greatest(1, ceil(seconds[1])), greatest(1, ceil(seconds[2]))) as seconds
        from paces
    )
    select jsonb_build_object(
             'providers',  (select made.providers from private.version_to_make(_scene, _actor, null) made),
             'images_max', (private.settings()).images_per_generation_max,
             'models',     (select coalesce(jsonb_agg(distinct jsonb_build_object(
                                     'provider', models.provider, 'has_photo', models.photo_field is not null)), '[]')
                              from private.image_models models
                             where models.is_active),
             'here',       (select jsonb_object_agg(told.maker, told.seconds) from told where told.maker is not null),
             'elsewhere',  (select told.seconds from told where told.is_elsewhere)));
end $$;

revoke execute on function private.scene_making(uuid) from public;
grant execute on function private.scene_making(uuid) to service_role;
