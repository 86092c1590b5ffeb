-- The studio's scenes and the pictures made from them (the scene's 001), corrected by rulings S3, S4, S6, S13, S15–S17.

create table public.scenes (
  id              uuid        not null default gen_random_uuid() primary key,
  name            text        not null,
  description     text,
  category        text        not null,
  subcategory     text,
  preview_url     text,
  thumbnail_url   text,
  prompt_template text        not null,
  negative_prompt text,
  style_keywords  text[],
  is_active       boolean     not null default true,
  is_premium      boolean     not null default false,
  order_index     integer     default 0,
  usage_count     integer     default 0,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint scenes_name_unique unique (name)
);
alter table public.scenes enable row level security;

create index idx_scenes_category on public.scenes (category);
create index idx_scenes_subcategory on public.scenes (subcategory);
create index idx_scenes_is_active on public.scenes (is_active);
create index idx_scenes_is_premium on public.scenes (is_premium);
create index idx_scenes_order on public.scenes (order_index);
create index idx_scenes_usage on public.scenes (usage_count desc);

-- the prompts are the product's own and stay with the server (ruling S13)
revoke all on public.scenes from public, anon, authenticated;
grant select (
  id, name, description, category, subcategory, preview_url, thumbnail_url, style_keywords,
  is_active, is_premium, order_index, usage_count, created_at, updated_at
) on public.scenes to anon, authenticated;
grant select, insert, update, delete on public.scenes to service_role;

create policy "Anyone can view active scenes" on public.scenes
  for select to anon, authenticated using (is_active = true);
create policy "Service role can manage scenes" on public.scenes
  for all to service_role using ((select auth.role()) = 'service_role');

create trigger update_scenes_updated_at before update on public.scenes
  for each row execute function public.update_updated_at_column();

create table public.generated_images (
  id                 uuid        not null default gen_random_uuid() primary key,
  user_id            uuid        not null,
  scene_id           uuid,
  image_url          text        not null,
  thumbnail_url      text,
  original_photo_url text,
  prompt             text        not null,
  negative_prompt    text,
  is_favorite        boolean     not null default false,
  generation_time    real,
  model              text        default 'flux-pro-1.1',
  image_size         text,
  seed               bigint,
  metadata           jsonb,
  created_at         timestamptz not null default now(),
  constraint generated_images_image_url_unique unique (image_url),
  constraint generated_images_user_id_fkey foreign key (user_id) references public.profiles (id) on delete cascade,
  constraint generated_images_scene_id_fkey foreign key (scene_id) references public.scenes (id) on delete set null,
  constraint generated_images_generation_time_check check (generation_time >= 0 and generation_time < 'infinity'),
  constraint generated_images_prompt_check check (char_length(prompt) <= 8000),
  constraint generated_images_negative_prompt_check check (char_length(negative_prompt) <= 8000),
  constraint generated_images_image_size_check check (char_length(image_size) <= 32)
);
alter table public.generated_images enable row level security;

create index idx_generated_images_user_id on public.generated_images (user_id);
create index idx_generated_images_scene_id on public.generated_images (scene_id);
create index idx_generated_images_is_favorite on public.generated_images (is_favorite);
create index idx_generated_images_created_at on public.generated_images (created_at desc);
create index idx_generated_images_user_created on public.generated_images (user_id, created_at desc);
create index idx_generated_images_metadata on public.generated_images using gin (metadata);

-- a direct insert is possible and spends quota; afterwards a person changes is_favorite only (rulings S4, R7)
revoke all on public.generated_images from public, anon, authenticated;
grant select (
  id, user_id, scene_id, image_url, thumbnail_url, original_photo_url, is_favorite, generation_time,
  model, image_size, seed, metadata, created_at
) on public.generated_images to authenticated;
grant insert (
  user_id, scene_id, image_url, thumbnail_url, original_photo_url, prompt, negative_prompt, image_size, seed
) on public.generated_images to authenticated;
grant update (is_favorite) on public.generated_images to authenticated;
grant delete on public.generated_images to authenticated;
grant select, insert, update, delete on public.generated_images to service_role;

-- Whether a URL path is an object the caller uploaded into their own folder of the bucket.
create function private.owns_object(_bucket text, _url text) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (
    select from storage.objects
     where objects.bucket_id = _bucket
       and objects.name = substr(_url, length('/storage/v1/object/authenticated/' || _bucket || '/') + 1)
       and starts_with(_url, '/storage/v1/object/authenticated/' || _bucket || '/' || (select auth.uid())::text || '/')
       and objects.owner_id = (select auth.uid())::text
  )
$$;

-- What a picture's row inserted by its owner must point at.
create function private.owns_pictures(_image text, _thumbnail text, _photo text) returns boolean
language sql stable set search_path = '' as $$
  select private.owns_object('images', _image)
     and (_thumbnail is null or private.owns_object('images', _thumbnail))
     and (_photo is null or private.owns_object('photos', _photo))
$$;

revoke execute on function private.owns_object(text, text), private.owns_pictures(text, text, text) from public;
grant execute on function private.owns_object(text, text), private.owns_pictures(text, text, text)
  to authenticated, service_role;

create policy "Users can view own images" on public.generated_images
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users can insert own images" on public.generated_images
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and (select private.is_named_user())
    and private.owns_pictures(image_url, thumbnail_url, original_photo_url)
  );
create policy "Users can update own images" on public.generated_images
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Users can delete own images" on public.generated_images
  for delete to authenticated using (user_id = (select auth.uid()));

-- The sentences of the policy above (ruling R8); what they do not name stays the policy's plain refusal.
create function private.explain_image_refusal() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if private.is_anonymous(auth.uid()) then
    perform private.forbid_for('anonymous', 'A user', 'keep pictures');
  elsif private.is_suspended(auth.uid()) then
    perform private.forbid_for('suspended', 'A user', 'keep pictures');
  elsif not private.owns_pictures(new.image_url, new.thumbnail_url, new.original_photo_url) then
    perform private.forbid('A picture must point at objects you uploaded',
      'Upload to images/<your user id>/… first; image_url is /storage/v1/object/authenticated/images/<your user id>/<name>.');
  end if;
  return new;
end $$;
revoke execute on function private.explain_image_refusal() from public;

create trigger explain_image_refusal before insert on public.generated_images
  for each row when (current_user in ('anon', 'authenticated'))
  execute function private.explain_image_refusal();

-- The seed's counters, made to work: they write where the caller may not (rulings S1, S2).
create function public.increment_scene_usage() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.scenes set usage_count = usage_count + 1 where id = new.scene_id;
  return new;
end $$;

create function public.update_generation_count() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.profiles set generation_count = generation_count + 1 where id = new.user_id;
  return new;
end $$;

revoke execute on function public.increment_scene_usage(), public.update_generation_count()
  from public, anon, authenticated;

create trigger on_image_generated after insert on public.generated_images
  for each row execute function public.increment_scene_usage();
create trigger on_generation_count_update after insert on public.generated_images
  for each row execute function public.update_generation_count();
