-- The studio's statements. The first half acts for a caller, the second for the worker; both as service_role with the
-- caller's claims, but for what a caller reads, which is read as the caller.

-- name: find_scene
-- A scene that is offered, how a picture of it is made for the caller, and what of the caller matters to it.
select scenes.id,
       coalesce(made.prompt_template, scenes.prompt_template) as prompt_template,
       case when made.version_id is null then scenes.negative_prompt else made.negative_prompt end as negative_prompt,
       coalesce(made.style_keywords, scenes.style_keywords, '{}') as style_keywords,
       coalesce(made.category, scenes.category) as category,
       made.version_id,
       made.variant_id,
       made.providers,
       scenes.is_premium and not private.is_premium(auth.uid()) as is_locked,
       (private.settings()).images_per_generation_max,
       private.has_failed_too_often(auth.uid()) as is_exhausted,
       private.is_storage_full(auth.uid()::text, 3 * %(count)s::integer) as is_full,  -- a picture in its three sizes
       profiles.gender
  from public.scenes
  left join private.version_to_make(scenes.id, auth.uid(), %(version_id)s) as made on true
  left join public.profiles on profiles.id = auth.uid()
 where scenes.id = %(scene_id)s
   and private.is_offered(scenes);

-- name: insert_generation
-- The request, once per key; nothing comes back when the key was used before. A trigger refuses strangers' photos.
insert into public.generations
       (user_id, scene_id, requested_count, seed, image_size, photo_path, retried_from, idempotency_key, request,
        prompt, negative_prompt, scene_version_id, scene_variant_id)
values (auth.uid(), %(scene_id)s, %(count)s, %(seed)s, %(image_size)s, %(photo_path)s, %(retried_from)s, %(key)s,
        %(request)s, %(prompt)s, %(negative_prompt)s, %(version_id)s, %(variant_id)s)
on conflict (user_id, idempotency_key) do nothing
returning id;

-- name: find_request
-- What the caller asked for under a key.
select id, request
  from public.generations
 where user_id = auth.uid()
   and idempotency_key = %(key)s;

-- name: reserve_quota
-- All the images of a generation, or none.
select private.reserve_quota(%(id)s) as reserved;

-- name: read_quota
-- The caller's day.
select used, "limit", remaining, resets_at, is_premium
  from private.quota_of(auth.uid());

-- name: find_image_request
-- How one of the caller's pictures came to be.
select images.scene_id, images.seed, images.image_size, images.scene_version_id, generations.photo_path,
       images.generation_id,
       generations.photo_path is not null and not exists (
         select from storage.objects where bucket_id = 'photos' and name = generations.photo_path
       ) as is_photo_gone
  from public.generated_images as images
  join public.generations on generations.id = images.generation_id
 where images.id = %(id)s
   and images.user_id = auth.uid();

-- name: find_generation_request
-- How one of the caller's generations was asked for, and how it stands.
select scene_id, status, seed, image_size, photo_path, requested_count,
       generations.photo_path is not null and not exists (
         select from storage.objects where bucket_id = 'photos' and name = generations.photo_path
       ) as is_photo_gone
  from public.generations
 where id = %(id)s
   and user_id = auth.uid();

-- name: read_generation
-- As the caller: what row-level security lets them see.
select id, status, progress, error_code, moderation_stage, photo_path
  from public.generations
 where id = %(id)s;

-- name: read_waiting
-- How many come before it, whoever asked for them, and between how many seconds it will be done.
select ahead, seconds_min, seconds_max
  from private.waiting_of(%(id)s);

-- name: read_images
-- As the caller: the pictures of a generation, the columns a client may select.
select id, user_id, scene_id, image_url, thumbnail_url, original_photo_url, is_favorite, generation_time, model,
       image_size, seed, metadata, created_at, generation_id, scene_version_id, medium_url
  from public.generated_images
 where generation_id = %(id)s
 order by created_at, id;

-- name: require_actor
-- Refused when the caller's account is suspended (ruling R11).
select private.actor();

-- name: cancel_generation
-- The end of an unfinished one; a trigger gives the quota of what never arrived back, once.
update public.generations
   set status = 'canceled'
 where id = %(id)s
   and user_id = auth.uid()
   and status in ('queued', 'submitting', 'running', 'storing')
returning id;

-- name: hurry_pictures
-- A cancelled generation's pictures elsewhere are looked at now, to be cancelled there too.
update private.remote_pictures
   set due_at = now()
 where generation_id = %(id)s
   and status in ('wanted', 'waiting');

-- name: requeue_generation
-- A try that died in the middle starts over.
update public.generations
   set status = 'queued'
 where id = %(id)s
   and status in ('submitting', 'running', 'storing');

-- name: claim_generation
-- This try takes the generation, for the first of those here whom its scene asks, else the first of all; a cancelled or
-- ended one is taken by nobody.
update public.generations as claimed
   set status = 'submitting',
       attempts = %(attempt)s,
       provider = coalesce(
         (select asked_of.name
            from unnest(made.providers) with ordinality as asked_of (name, place)
           where asked_of.name = any(%(makers)s)
           order by asked_of.place
           limit 1),
         (%(makers)s::text[])[1]
       )
  from public.generations as asked
  left join public.scenes on scenes.id = asked.scene_id
  left join private.scene_versions as made on made.id = asked.scene_version_id
 where claimed.id = %(id)s
   and asked.id = claimed.id
   and claimed.status = 'queued'
returning claimed.id, claimed.user_id, claimed.provider, claimed.requested_count, claimed.seed, claimed.image_size, claimed.photo_path,
          claimed.prompt, claimed.negative_prompt,
          coalesce(made.style_keywords, scenes.style_keywords, '{}') as style_keywords,
          coalesce(made.category, scenes.category, '') as category,
          scenes.preview_url;

-- name: list_made_seeds
-- The pictures an earlier try already stored.
select seed from public.generated_images where generation_id = %(id)s;

-- name: list_settled_seeds
-- Those, and the pictures that came to an end elsewhere and are not to be made here.
select seed from public.generated_images where generation_id = %(id)s
union
select seed
  from private.remote_pictures
 where generation_id = %(id)s
 group by seed
having not bool_or(status = 'moved');

-- name: report_progress
-- How far this try is, 0 to 100; no row when it is not wanted any more.
update public.generations
   set status = 'running', progress = greatest(progress, %(progress)s)
 where id = %(id)s
   and attempts = %(attempt)s
   and status in ('submitting', 'running')
returning id;

-- name: hold_generation
-- Nobody cancels it, and no other try stores for it, until this transaction ends.
select id
  from public.generations
 where id = %(id)s
   and attempts = %(attempt)s
   and status in ('submitting', 'running')
   for update;

-- name: insert_image
-- The picture's row; its quota was spent with the generation.
insert into public.generated_images
       (id, user_id, scene_id, image_url, thumbnail_url, original_photo_url, prompt, negative_prompt,
        generation_time, model, image_size, seed, metadata, generation_id, scene_version_id, medium_url)
select %(image_id)s, generations.user_id, generations.scene_id, %(image_url)s, %(thumbnail_url)s,
       '/storage/v1/object/authenticated/photos/' || generations.photo_path,
       generations.prompt, generations.negative_prompt,
       %(seconds)s, %(model)s, %(image_size)s, %(seed)s, %(metadata)s, generations.id, generations.scene_version_id,
       %(medium_url)s
  from public.generations
 where generations.id = %(id)s;

-- name: begin_storing
-- No more pictures will come, and there are some.
update public.generations
   set status = 'storing',
       model  = (select max(model) from public.generated_images where generation_id = generations.id)
 where id = %(id)s
   and status in ('submitting', 'running');

-- name: finish_generation
-- Done; a trigger settles the quota with the pictures that arrived.
update public.generations
   set status = 'done'
 where id = %(id)s
   and status = 'storing';

-- name: fail_generation
-- The failure as data; a trigger gives the quota of what never arrived back, once.
update public.generations
   set status = %(status)s, error_code = %(error_code)s,
       moderation_stage = case when %(status)s = 'moderated' then coalesce(moderation_stage, 'picture') end
 where id = %(id)s
   and status in ('queued', 'submitting', 'running', 'storing')
returning id;

-- name: expire_lost_generations
-- Unfinished ones that no job stands for any more: the queue's table was cleared, or a job was deleted by hand.
update public.generations
   set status = 'expired', error_code = 'timed_out'
 where status in ('queued', 'submitting', 'running', 'storing')
   and created_at < now() - make_interval(secs => %(seconds)s)
   and not exists (
     select from jobs.procrastinate_jobs
      where procrastinate_jobs.lock = 'generation:' || generations.id
        and procrastinate_jobs.status in ('todo', 'doing')
   )
   and not exists (
     select from private.remote_pictures
      where remote_pictures.generation_id = generations.id
        and remote_pictures.status in ('wanted', 'sending', 'waiting')
   )
returning id;
