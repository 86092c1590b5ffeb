-- What may be kept as a picture: a client's own insert must point at objects of its owner (rulings S4, R8), and no
-- generation gets more pictures than it reserved.

-- What a picture's row inserted by its owner must point at.
create or replace function private.owns_pictures(_image text, _thumbnail text, _photo text) returns boolean
language sql stable set search_path = '', pg_temp as $$
  select private.owns_object('images', _image)
     and (_thumbnail is null or private.owns_object('images', _thumbnail))
     and (_photo is null or private.owns_object('photos', _photo))
$$;

-- Which scene a picture may be said to be of: one that is offered, a premium one to premium only. One that is not there is
-- the foreign key's to refuse.
create or replace function private.may_use_scene(_scene uuid) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select coalesce(
    (select private.is_offered(scenes) and (not scenes.is_premium or private.is_premium((select auth.uid())))
       from public.scenes where scenes.id = _scene), true)
$$;

-- The sentences of the policy above (ruling R8); what they do not name stays the policy's plain refusal.
create or replace function private.explain_image_refusal() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(auth.uid()), 'A user', 'keep pictures');
  if not private.owns_pictures(new.image_url, new.thumbnail_url, new.original_photo_url) then
    perform private.forbid('A picture must point at objects you uploaded',
      'Upload to images/<your user id>/… first; image_url is /storage/v1/object/authenticated/images/<your user id>/<name>.');
  elsif not private.may_use_scene(new.scene_id) then
    perform private.forbid('A picture is of a scene you may use', 'Choose one that is offered; premium ones want premium.');
  end if;
  return new;
end $$;

-- A picture of a generation belongs to its owner, arrives before its end, and no more arrive than were reserved.
create or replace function private.check_image_of_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
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
  private.owns_pictures(text, text, text), private.may_use_scene(uuid), private.explain_image_refusal(),
  private.check_image_of_generation()
  from public;
grant execute on function
  private.owns_pictures(text, text, text), private.may_use_scene(uuid)
  to authenticated, service_role;
