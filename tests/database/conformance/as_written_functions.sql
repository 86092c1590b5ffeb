-- What the scene's six trigger functions do as their document writes them, in our own words: the bodies are not facts,
-- and the tests of the rulings need functions that behave as those do where the documents are not at hand.

create function public.update_updated_at_column() returns trigger language plpgsql as $$
begin new.updated_at := now(); return new; end $$;

create function public.handle_new_user() returns trigger language plpgsql security definer as $$
begin
  insert into public.profiles (id, email, gender) values (new.id, new.email, new.raw_user_meta_data ->> 'gender');
  return new;
end $$;

create function public.increment_scene_usage() returns trigger language plpgsql as $$
begin update scenes set usage_count = usage_count + 1 where id = new.scene_id; return new; end $$;

create function public.update_generation_count() returns trigger language plpgsql as $$
begin update profiles set generation_count = generation_count + 1 where id = new.user_id; return new; end $$;

create function public.track_daily_usage() returns trigger language plpgsql as $$
begin
  insert into usage_tracking (user_id, date, generation_count) values (new.user_id, current_date, 1)
  on conflict (user_id, date) do update set generation_count = usage_tracking.generation_count + 1;
  return new;
end $$;

create function public.update_category_count() returns trigger language plpgsql as $$
begin
  update categories set scene_count = (select count(*) from scenes where category = new.category and is_active)
   where slug = new.category;
  if old.category <> new.category then
    update categories set scene_count = (select count(*) from scenes where category = old.category and is_active)
     where slug = old.category;
  end if;
  return new;
end $$;
