-- The functions of gallery as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- Somebody's gallery: which pictures are looked for, and their collections.

-- Whether a picture is one of those looked for: `{"scene_id", "category", "favorites", "collection_id", "words"}`, each where
-- it matters.
create or replace function private.is_wanted_image(_row public.generated_images, _wanted jsonb) returns boolean
language sql stable security definer set search_path = '', pg_temp as $$
  select (_wanted -> 'favorites' is distinct from 'true'::jsonb or _row.is_favorite)
     and (_wanted ->> 'scene_id' is null or _row.scene_id = (_wanted ->> 'scene_id')::uuid)
     and (_wanted ->> 'collection_id' is null or exists (
           select from private.collection_images
            where collection_images.collection_id = (_wanted ->> 'collection_id')::uuid
              and collection_images.image_id = _row.id))
     and (coalesce(_wanted ->> 'category', _wanted ->> 'words') is null or exists (
           select from public.scenes
            where scenes.id = _row.scene_id
              and (_wanted ->> 'category' is null or scenes.category = _wanted ->> 'category')
              and (_wanted ->> 'words' is null
                   or strpos(private.folded(scenes.name), private.folded(_wanted ->> 'words')) > 0)))
$$;

-- `{"collection": {…}}`, a new one behind the others.
create or replace function private.add_collection(_name text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  collections_max constant integer := 100;
  _actor uuid := private.named_actor();
  _count integer;
  _row   private.image_collections;
begin
  perform private.hold_accounts(_actor);
  perform private.refuse_house_words(array[_name]);
  perform pg_advisory_xact_lock(hashtextextended('sahne.collections:' || _actor, 0));
  select count(*) into _count from private.image_collections where user_id = _actor;
  if _count >= collections_max then
    perform private.refuse(409, 'too_many_collections', 'You have as many collections as one may.', 'Remove one first.',
      jsonb_build_object('collections_max', collections_max));
  end if;
  insert into private.image_collections (user_id, name, order_index)
  select _actor, _name, least(coalesce(max(order_index) + 1, 0), 1000000)
    from private.image_collections where user_id = _actor
  returning * into _row;
  return jsonb_build_object('collection', private.collection_of(_row));
end $$;

-- `{"collections": [{…}]}`: the actor's, in their order.
create or replace function private.own_collections() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('collections', coalesce(
           jsonb_agg(private.collection_of(collections) order by collections.order_index, collections.created_at, collections.id),
           '[]'))
    from private.image_collections collections
   where collections.user_id = private.actor()
$$;

-- `{"collection": {…}}` as it is now; a field left out stays.
create or replace function private.edit_collection(_collection uuid, _fields jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row   private.image_collections := private.held_collection(_collection);
  _cover uuid := (_fields ->> 'cover_image_id')::uuid;
begin
  perform private.refuse_house_words(array[_fields ->> 'name']);
  if _cover is not null and not exists (
    select from private.collection_images where collection_id = _collection and image_id = _cover
  ) then
    perform private.refuse(404, 'not_found', 'There is no such picture in this collection.', 'Put it in first.');
  end if;
  _row := jsonb_populate_record(_row, _fields);
  update private.image_collections
     set name = _row.name, cover_image_id = _row.cover_image_id, order_index = _row.order_index
   where id = _collection
  returning * into _row;
  return jsonb_build_object('collection', private.collection_of(_row));
end $$;

-- `{"collection": {…}}` as it was; its pictures stay, its links go.
create or replace function private.drop_collection(_collection uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row    private.image_collections := private.held_collection(_collection);
  _answer jsonb := jsonb_build_object('collection', private.collection_of(_row));
begin
  delete from private.image_collections where id = _collection;
  return _answer;
end $$;

-- `{"collection": {…}}` with the actor's pictures among these put in, behind the others; what is in it already stays where it is.
create or replace function private.put_in_collection(_collection uuid, _images uuid[]) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  images_max constant integer := 1000;
  _row private.image_collections := private.held_collection(_collection);
begin
  insert into private.collection_images (collection_id, image_id)
  select _collection, images.id
    from unnest(_images) with ordinality as wanted (id, place)
    join public.generated_images images on images.id = wanted.id and images.user_id = _row.user_id
   order by wanted.place
  on conflict (collection_id, image_id) do nothing;
  if (select count(*) from private.collection_images where collection_id = _collection) > images_max then
    perform private.refuse(409, 'collection_full', 'The collection has as many pictures as it may.', 'Begin another one.',
      jsonb_build_object('images_max', images_max));
  end if;
  return jsonb_build_object('collection', private.collection_of(_row));
end $$;

-- `{"collection": {…}}` without these pictures, which stay in the gallery.
create or replace function private.take_out_of_collection(_collection uuid, _images uuid[]) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.image_collections := private.held_collection(_collection);
begin
  delete from private.collection_images where collection_id = _collection and image_id = any (_images);
  update private.image_collections set cover_image_id = null
   where id = _collection and cover_image_id = any (_images);
  select * into _row from private.image_collections where id = _collection;
  return jsonb_build_object('collection', private.collection_of(_row));
end $$;

-- One of the actor's, held: one change of it at a time.
create or replace function private.held_collection(_collection uuid) returns private.image_collections
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
  _row   private.image_collections;
begin
  select * into _row from private.image_collections where id = _collection and user_id = _actor for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such collection of yours.');
  end if;
  return _row;
end $$;

-- A collection as its owner sees it: how many pictures, and `cover_url`, the small picture that it shows itself by.
create or replace function private.collection_of(_row private.image_collections) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',             _row.id,
           'name',           _row.name,
           'cover_image_id', _row.cover_image_id,
           'order_index',    _row.order_index,
           'created_at',     _row.created_at,
           'images',         (select count(*) from private.collection_images where collection_id = _row.id),
           'cover_url',      (select coalesce(images.thumbnail_url, images.image_url)
                                from private.collection_images members
                                join public.generated_images images on images.id = members.image_id
                               where members.collection_id = _row.id
                               order by (images.id = _row.cover_image_id) desc nulls last, members.position desc
                               limit 1))
$$;

revoke execute on function
  private.is_wanted_image(public.generated_images, jsonb), private.add_collection(text), private.own_collections(),
  private.edit_collection(uuid, jsonb), private.drop_collection(uuid), private.put_in_collection(uuid, uuid[]),
  private.take_out_of_collection(uuid, uuid[]), private.held_collection(uuid),
  private.collection_of(private.image_collections)
  from public;
grant execute on function
  private.is_wanted_image(public.generated_images, jsonb), private.add_collection(text), private.own_collections(),
  private.edit_collection(uuid, jsonb), private.drop_collection(uuid), private.put_in_collection(uuid, uuid[]),
  private.take_out_of_collection(uuid, uuid[]), private.held_collection(uuid),
  private.collection_of(private.image_collections)
  to service_role;
