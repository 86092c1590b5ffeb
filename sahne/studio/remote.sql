-- Pictures asked of makers elsewhere (private.remote_pictures), as service_role. Whoever changes one holds its
-- generation first, as cancelling and erasing do, so that nobody waits in a ring.

-- name: ask_remote
-- A row for every picture of a generation, in the caller's transaction; a worker finds them there.
insert into private.remote_pictures (generation_id, seed, providers)
select generations.id, (generations.seed + number) %% 4294967296, %(providers)s
  from public.generations, generate_series(0, generations.requested_count - 1) as number
 where generations.id = %(id)s;

-- name: take_due
-- What is due and in nobody's hand, or in that of a worker that is gone; whose it is and what is asked.
with due as (
  select id
    from private.remote_pictures
   where status in ('wanted', 'sending', 'waiting')
     and due_at <= now()
     and (held_until is null or held_until < now())
   order by due_at
   limit %(limit)s
     for update skip locked
), taken as (
  update private.remote_pictures as pictures
     set holder = %(holder)s, held_until = now() + make_interval(secs => %(hold_seconds)s), turn = turn + 1
    from due
   where pictures.id = due.id
  returning pictures.*
)
select taken.id, taken.generation_id, taken.seed, taken.status, taken.providers, taken.provider, taken.model,
       taken.handle, taken.tries, taken.turn,
       extract(epoch from now() - taken.sent_at)::float as sent_ago,
       extract(epoch from now() - taken.created_at)::float as asked_ago,
       generations.status in ('queued', 'submitting', 'running') as is_wanted,
       generations.user_id, generations.image_size, generations.photo_path, generations.requested_count,
       coalesce(generations.prompt, '') as prompt,
       generations.negative_prompt,
       coalesce(made.style_keywords, scenes.style_keywords, '{}') as style_keywords,
       coalesce(made.category, scenes.category, '') as category
  from taken
  left join public.generations on generations.id = taken.generation_id
  left join private.scene_versions as made on made.id = generations.scene_version_id
  left join public.scenes on scenes.id = generations.scene_id;

-- name: renew_hold
-- The worker lives and has them in hand still.
update private.remote_pictures
   set held_until = now() + make_interval(secs => %(hold_seconds)s)
 where id = any(%(ids)s)
   and holder = %(holder)s;

-- name: is_any_unfinished
-- Whether pictures are still asked of anybody.
select exists (select from private.remote_pictures where status in ('wanted', 'sending', 'waiting')) as yes;

-- name: lock_generation
-- First of all, whatever is done with one of its pictures.
select status in ('queued', 'submitting', 'running') as is_wanted
  from public.generations
 where id = %(generation_id)s
   for no key update;

-- name: hold_picture
-- The picture, if it is in this hand still.
select id
  from private.remote_pictures
 where id = %(id)s
   and turn = %(turn)s
   and status = %(status)s
   for update;

-- name: find_model
-- The provider's first model that does what is asked.
select model, endpoint, photo_field, photo_is_list, size_as, size_step, price_microdollars
  from private.image_models
 where provider = %(provider)s
   and is_active
   and (photo_field is not null) = %(has_photo)s
 order by position
 limit 1;

-- name: list_models
-- What there is to choose from, the first that fits first.
select provider, model, photo_field is not null as has_photo, price_microdollars
  from private.image_models
 where is_active
   and provider = any(%(providers)s)
 order by provider, position;

-- name: lock_budget
-- Whoever books waits for whoever is booking.
select pg_advisory_xact_lock(hashtext('sahne: budget of pictures'));

-- name: read_spent
-- What pictures cost today and this month, UTC.
select coalesce(sum(cost_microdollars) filter (where sent_at >= date_trunc('day', now(), 'UTC')), 0)::bigint as day,
       coalesce(sum(cost_microdollars), 0)::bigint as month
  from private.remote_pictures
 where cost_microdollars > 0
   and sent_at >= date_trunc('month', now(), 'UTC');

-- name: count_unfinished
-- How many pictures are with each provider, or wait to be sent to it.
select coalesce(provider, providers[1]) as provider, status, count(*) as pictures
  from private.remote_pictures
 where status in ('wanted', 'sending', 'waiting')
 group by 1, 2;

-- name: begin_sending
-- Kept before the question goes out: from now on it may have been taken.
update private.remote_pictures
   set status = 'sending', provider = %(provider)s, model = %(model)s, cost_microdollars = %(cost)s, sent_at = now()
 where id = %(id)s;

-- name: begin_submitting
-- The generation has begun with its first picture.
update public.generations
   set status = 'submitting', provider = %(provider)s, attempts = attempts + 1
 where id = %(generation_id)s
   and status = 'queued';

-- name: keep_job
-- It was taken: whoever goes on asks for this very job. Whose hand it is in does not matter; a job that is paid is kept.
update private.remote_pictures
   set status = 'waiting', provider_job_id = %(job_id)s, handle = %(handle)s, tries = 0,
       cost_microdollars = coalesce(%(cost)s, cost_microdollars),
       holder = null, held_until = null, due_at = now() + make_interval(secs => %(seconds)s)
 where id = %(id)s
   and (status = 'sending' or (status = 'waiting' and provider_job_id = %(job_id)s));

-- name: hear_word
-- A provider says that something became of a job: it is looked at now. A picture whose answer was lost has its job from
-- the word, if it was asked of that provider.
update private.remote_pictures
   set status = 'waiting', provider_job_id = %(job_id)s, due_at = now(),
       handle = case when status = 'sending' then %(handle)s else handle end
 where provider = %(provider)s
   and (
     (status = 'waiting' and provider_job_id = %(job_id)s)
     or (status = 'sending' and provider_job_id is null and id = %(picture_id)s and %(handle)s::jsonb is not null)
   )
returning id;

-- name: begin_running
-- A provider has it in work; `progress` is of the whole, and never goes back.
update public.generations
   set status = 'running', progress = greatest(progress, %(progress)s)
 where id = %(generation_id)s
   and status in ('submitting', 'running')
   and (status, progress) is distinct from ('running', greatest(progress, %(progress)s));

-- name: count_made
-- The pictures that are stored already.
select count(*) as made from public.generated_images where generation_id = %(generation_id)s;

-- name: put_off
-- Out of hand, to be looked at again later.
update private.remote_pictures
   set status = %(next)s, tries = %(tries)s, holder = null, held_until = null,
       due_at = now() + make_interval(secs => %(seconds)s),
       cost_microdollars = case when %(next)s = 'wanted' then 0 else cost_microdollars end
 where id = %(id)s
   and turn = %(turn)s;

-- name: end_picture
-- An end is final. What was not taken cost nothing.
update private.remote_pictures
   set status = %(end)s, error_code = %(error_code)s, finished_at = now(), holder = null, held_until = null,
       cost_microdollars = case when %(is_free)s then 0 else cost_microdollars end
 where id = %(id)s;

-- name: ask_next
-- The same picture of whom the scene asks next.
insert into private.remote_pictures (generation_id, seed, providers, created_at)
select generation_id, seed, %(providers)s, created_at
  from private.remote_pictures
 where id = %(id)s;

-- name: read_ends
-- How a generation's pictures stand: whether any is under way, whether one is to be made here, and the worst that came.
select coalesce(bool_or(status in ('wanted', 'sending', 'waiting')), false) as is_any_live,
       coalesce(bool_or(status = 'moved'), false) as is_any_moved,
       coalesce(bool_or(status = 'moderated'), false) as is_any_moderated,
       max(error_code) filter (where status in ('failed', 'lost')) as error_code
  from private.remote_pictures
 where generation_id = %(generation_id)s;

-- name: tell_circuit
-- A maker is not asked for a while, as this worker found out. The last word counts.
insert into private.image_circuits as circuits (provider, state, until)
values (%(provider)s, %(state)s, now() + make_interval(secs => %(seconds)s))
on conflict (provider) do update set state = excluded.state, until = excluded.until, told_at = now();
