-- The groups of scenes (the scene's 002). A scene's category is a real one, and the count of active scenes follows
-- every change (rulings S11, S12).

-- the tables are empty when this runs
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid

create table public.categories (
  id            uuid        not null default gen_random_uuid() primary key,
  name          text        not null,
  slug          text        not null,
  description   text,
  icon          text,
  thumbnail_url text,
  is_active     boolean     not null default true,
  order_index   integer     default 0,
  scene_count   integer     default 0,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  constraint categories_name_key unique (name),
  constraint categories_slug_key unique (slug)
);
alter table public.categories enable row level security;

create index idx_categories_slug on public.categories (slug);
create index idx_categories_is_active on public.categories (is_active);
create index idx_categories_order on public.categories (order_index);

revoke all on public.categories from public, anon, authenticated;
grant select on public.categories to anon, authenticated;
grant select, insert, update, delete on public.categories to service_role;

create policy "Anyone can view active categories" on public.categories
  for select to anon, authenticated using (is_active = true);

create trigger update_categories_updated_at before update on public.categories
  for each row execute function public.update_updated_at_column();

alter table public.scenes
  add constraint scenes_category_fkey foreign key (category) references public.categories (slug)
  on update cascade on delete restrict;

-- Counts anew under a lock on the category, so that two writers at once cannot count past each other.
create function public.update_category_count() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  _slugs text[] := array[]::text[];
begin
  if tg_op <> 'INSERT' then _slugs := _slugs || old.category; end if;
  if tg_op <> 'DELETE' then _slugs := _slugs || new.category; end if;
  -- "no key": the foreign key of a scene being inserted holds a key share of the same row
  perform from public.categories where slug = any (_slugs) order by slug for no key update;
  update public.categories
     set scene_count = (select count(*) from public.scenes where scenes.category = categories.slug and scenes.is_active)
   where slug = any (_slugs);
  return null;
end $$;
revoke execute on function public.update_category_count() from public, anon, authenticated;

create trigger on_scene_category_change after insert on public.scenes
  for each row execute function public.update_category_count();
create trigger on_scene_category_update after update on public.scenes
  for each row when ((old.category, old.is_active) is distinct from (new.category, new.is_active))
  execute function public.update_category_count();
create trigger on_scene_category_delete after delete on public.scenes
  for each row execute function public.update_category_count();
