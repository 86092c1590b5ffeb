-- A generation is one request to make images: a row with states, so that a request exists before its pictures do and
-- a failure is data. Its quota is reserved with it and what never arrives is given back exactly once (ruling S5).

-- the tables are empty when this runs
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation

create table public.generations (
  id                   uuid        not null default gen_random_uuid() primary key,
  user_id              uuid        not null,
  scene_id             uuid,
  status               text        not null default 'queued',
  progress             integer     not null default 0,
  error_code           text,
  error_message        text,
  requested_count      integer     not null default 1,
  seed                 bigint,
  image_size           text,
  photo_path           text,
  retried_from         uuid,
  idempotency_key      text        not null,
  request              jsonb       not null default '{}'::jsonb,
  prompt               text,
  negative_prompt      text,
  provider             text,
  model                text,
  provider_job_id      text,
  provider_polling_url text,
  provider_details     jsonb,
  moderation_stage     text,
  cost_usd             numeric(12, 6),
  attempts             integer     not null default 0,
  created_at           timestamptz not null default now(),
  started_at           timestamptz,
  finished_at          timestamptz,
  updated_at           timestamptz not null default now(),
  constraint generations_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint generations_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete set null,
  constraint generations_retried_from_fkey foreign key (retried_from) references public.generations (id) on delete set null,
  constraint generations_user_idempotency_key_unique unique (user_id, idempotency_key),
  constraint generations_status_check check (
    status in ('queued', 'submitting', 'running', 'storing', 'done', 'failed', 'moderated', 'canceled', 'expired')
  ),
  constraint generations_progress_check check (progress between 0 and 100),
  constraint generations_requested_count_check check (requested_count between 1 and 16),
  constraint generations_seed_check check (seed between 0 and 4294967295),
  constraint generations_idempotency_key_check check (char_length(idempotency_key) between 1 and 200),
  constraint generations_error_code_check check ((error_code is not null) = (status in ('failed', 'moderated', 'expired')))
);
alter table public.generations enable row level security;

create index idx_generations_user_created on public.generations (user_id, created_at desc);
create index idx_generations_scene_id on public.generations (scene_id);
create index idx_generations_retried_from on public.generations (retried_from);
create index idx_generations_unfinished on public.generations (created_at)
  where status in ('queued', 'submitting', 'running', 'storing');

-- a person watches their own; the prompt and the provider's handles stay with the server
revoke all on public.generations from public, anon, authenticated;
grant select (
  id, user_id, scene_id, status, progress, error_code, requested_count, seed, image_size, photo_path,
  retried_from, model, moderation_stage, created_at, started_at, finished_at, updated_at
) on public.generations to authenticated;
grant select, insert, update, delete on public.generations to service_role;

create policy "Users can view own generations" on public.generations
  for select to authenticated using (user_id = (select auth.uid()));

alter table public.generated_images
  add column generation_id uuid,
  add constraint generated_images_generation_id_fkey
    foreign key (generation_id) references public.generations (id) on delete set null;
create index idx_generated_images_generation_id on public.generated_images (generation_id);
grant select (generation_id) on public.generated_images to authenticated;

create table private.quota_reservations (
  generation_id uuid        not null primary key,
  user_id       uuid        not null,
  date          date        not null,
  reserved      integer     not null,
  -- pictures that came, counted as they come: their owner may have deleted some before the end
  arrived       integer     not null default 0,
  kept          integer,
  created_at    timestamptz not null default now(),
  settled_at    timestamptz,
  constraint quota_reservations_generation_id_fkey
    foreign key (generation_id) references public.generations (id) on delete cascade,
  constraint quota_reservations_reserved_check check (reserved >= 1),
  constraint quota_reservations_kept_check check (kept between 0 and reserved),
  constraint quota_reservations_settled_check check ((kept is null) = (settled_at is null))
);
alter table private.quota_reservations enable row level security;
create index idx_quota_reservations_user_date on private.quota_reservations (user_id, date);
grant select on private.quota_reservations to service_role;

-- Reserve every image the generation asks for, or none: false when the day's quota does not reach.
create function private.reserve_quota(_generation_id uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  _asked public.generations;
  _day   date;
begin
  select * into strict _asked from public.generations where id = _generation_id;
  _day := private.spend_images(_asked.user_id, _asked.requested_count);
  if _day is null then
    return false;
  end if;
  insert into private.quota_reservations (generation_id, user_id, date, reserved)
  values (_asked.id, _asked.user_id, _day, _asked.requested_count);
  return true;
end $$;

-- Close a reservation with the images that arrived and give back the rest: how many, 0 when it was closed before.
create function private.settle_quota(_generation_id uuid, _kept integer) returns integer
language sql volatile security definer set search_path = '' as $$
  with settled as (
    update private.quota_reservations
       set kept = least(greatest(_kept, 0), reserved), settled_at = now()
     where generation_id = _generation_id and settled_at is null
    returning user_id, date, reserved - kept as unused
  ), returned as (
    update public.usage_tracking as usage
       set generation_count = greatest(usage.generation_count - settled.unused, 0)
      from settled
     where usage.user_id = settled.user_id and usage.date = settled.date and settled.unused > 0
  )
  select coalesce((select unused from settled), 0)
$$;

revoke execute on function private.reserve_quota(uuid), private.settle_quota(uuid, integer) from public;
grant execute on function private.reserve_quota(uuid), private.settle_quota(uuid, integer) to service_role;

-- Who may ask, and with which photo: their own object of the bucket photos (ruling R1).
create function private.check_generation() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from auth.users where users.id = new.user_id and users.is_anonymous) then
    perform private.forbid_for('anonymous', 'A user', 'make pictures');
  elsif private.is_suspended(new.user_id) then
    perform private.forbid_for('suspended', 'A user', 'make pictures');
  end if;
  if new.photo_path is not null and not exists (
    select from storage.objects
     where objects.bucket_id = 'photos'
       and objects.name = new.photo_path
       and (storage.foldername(objects.name))[1] = new.user_id::text
  ) then
    raise exception 'The photo is not one you uploaded.'
      using errcode = '42501', hint = 'Upload to photos/<your user id>/… and send that name as photo_path.';
  end if;
  return new;
end $$;

-- The states only move forward; a queue's retry starts over from `queued`, an end is final.
create function private.advance_generation() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  _ends constant text[] := array['done', 'failed', 'moderated', 'canceled', 'expired'];
begin
  if old.status = any (_ends) then
    raise exception 'The generation has ended as %.', old.status using errcode = '55000';
  end if;
  if not (
    new.status = any (array['failed', 'moderated', 'canceled', 'expired'])
    or (old.status, new.status) in (
      ('queued', 'submitting'), ('submitting', 'running'), ('submitting', 'storing'), ('running', 'storing'),
      ('storing', 'done'), ('submitting', 'queued'), ('running', 'queued'), ('storing', 'queued')
    )
  ) then
    raise exception 'A generation cannot go from % to %.', old.status, new.status using errcode = '55000';
  end if;
  if new.status = 'submitting' then
    new.started_at := coalesce(new.started_at, now());
  end if;
  if new.status = any (_ends) then
    new.finished_at := now();
    new.progress := case when new.status = 'done' then 100 else new.progress end;
    perform private.settle_quota(
      new.id, (select arrived from private.quota_reservations where generation_id = new.id)
    );
  end if;
  return new;
end $$;

-- A picture of a generation belongs to its owner, arrives before its end, and no more arrive than were reserved.
create function private.check_image_of_generation() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  _generation public.generations;
begin
  -- locked, so that a cancellation comes before the picture or after it, never in between
  select * into _generation from public.generations where id = new.generation_id for no key update;
  if _generation.user_id is distinct from new.user_id then
    raise exception 'The generation is not this user''s.' using errcode = '23514';
  end if;
  if _generation.status in ('done', 'failed', 'moderated', 'canceled', 'expired') then
    raise exception 'The generation has ended as %.', _generation.status using errcode = '55000';
  end if;
  if (select count(*) from public.generated_images where generation_id = new.generation_id) >= _generation.requested_count then
    raise exception 'The generation has all its % pictures.', _generation.requested_count using errcode = '55000';
  end if;
  update private.quota_reservations set arrived = arrived + 1 where generation_id = new.generation_id;
  return new;
end $$;

revoke execute on function
  private.check_generation(), private.advance_generation(), private.check_image_of_generation()
  from public;

create trigger check_generation before insert on public.generations
  for each row execute function private.check_generation();
create trigger advance_generation before update on public.generations
  for each row when (old.status is distinct from new.status) execute function private.advance_generation();
create trigger check_image_of_generation before insert on public.generated_images
  for each row when (new.generation_id is not null) execute function private.check_image_of_generation();
create trigger update_generations_updated_at before update on public.generations
  for each row execute function public.update_updated_at_column();

-- The seed's daily count. A generation's pictures were counted when they were reserved; a client's own insert spends
-- quota in the same statement or fails; the server's own insert is counted and never refused (ruling S4).
create function public.track_daily_usage() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_argv[0] is distinct from 'limited' then
    insert into public.usage_tracking as usage (user_id, date, generation_count)
    values (new.user_id, private.quota_day(), 1)
    on conflict (user_id, date) do update set generation_count = usage.generation_count + 1;
  elsif private.spend_images(new.user_id, 1) is null then
    raise exception 'The daily limit of pictures is reached.'
      using errcode = '42501', hint = 'It starts anew at ' || private.quota_resets_at()::text || '.';
  end if;
  return new;
end $$;
revoke execute on function public.track_daily_usage() from public, anon, authenticated;

create trigger on_daily_usage_track after insert on public.generated_images
  for each row when (new.generation_id is null and current_user not in ('anon', 'authenticated'))
  execute function public.track_daily_usage();
create trigger on_daily_limit_spend after insert on public.generated_images
  for each row when (new.generation_id is null and current_user in ('anon', 'authenticated'))
  execute function public.track_daily_usage('limited');

-- pictures and progress reach their owner as they come
alter publication supabase_realtime add table public.generated_images, public.generations;
