-- The gallery's statements: what somebody has made, collected and shared, as service_role with their claims, and what they
-- change of their own pictures, as themselves.

-- name: list_newest
-- The caller's pictures that are looked for, the newest first, after a place; with the scene each is of, and whether its
-- photo is still kept.
select images.id, images.user_id, images.scene_id, images.image_url, images.thumbnail_url, images.original_photo_url,
       images.is_favorite, images.generation_time, images.model, images.image_size, images.seed, images.metadata,
       images.created_at, images.generation_id, images.medium_url,
       label.name as scene_name, label.category as scene_category,
       exists (
         select from storage.objects
          where objects.bucket_id = 'photos'
            and objects.name = substr(images.original_photo_url, length('/storage/v1/object/authenticated/photos/') + 1)
       ) as has_photo
  from public.generated_images as images
  left join lateral private.scene_label(images.scene_id) as label on true
 where images.user_id = auth.uid()
   and images.created_at <= coalesce(%(after_at)s::timestamptz, 'infinity')
   and (images.created_at, images.id)
       < (coalesce(%(after_at)s::timestamptz, 'infinity'),
          coalesce(%(after_id)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
   and images.created_at >= coalesce((select %(month)s::date::timestamp at time zone quota_time_zone
                                        from private.settings), '-infinity')
   and images.created_at < coalesce((select (%(month)s::date + interval '1 month') at time zone quota_time_zone
                                       from private.settings), 'infinity')
   and private.is_wanted_image(images, %(wanted)s)
 order by images.created_at desc, images.id desc
 limit %(limit)s;

-- name: list_oldest
-- The same, the oldest first.
select images.id, images.user_id, images.scene_id, images.image_url, images.thumbnail_url, images.original_photo_url,
       images.is_favorite, images.generation_time, images.model, images.image_size, images.seed, images.metadata,
       images.created_at, images.generation_id, images.medium_url,
       label.name as scene_name, label.category as scene_category,
       exists (
         select from storage.objects
          where objects.bucket_id = 'photos'
            and objects.name = substr(images.original_photo_url, length('/storage/v1/object/authenticated/photos/') + 1)
       ) as has_photo
  from public.generated_images as images
  left join lateral private.scene_label(images.scene_id) as label on true
 where images.user_id = auth.uid()
   and images.created_at >= coalesce(%(after_at)s::timestamptz, '-infinity')
   and (images.created_at, images.id)
       > (coalesce(%(after_at)s::timestamptz, '-infinity'),
          coalesce(%(after_id)s::uuid, '00000000-0000-0000-0000-000000000000'))
   and images.created_at >= coalesce((select %(month)s::date::timestamp at time zone quota_time_zone
                                        from private.settings), '-infinity')
   and images.created_at < coalesce((select (%(month)s::date + interval '1 month') at time zone quota_time_zone
                                       from private.settings), 'infinity')
   and private.is_wanted_image(images, %(wanted)s)
 order by images.created_at, images.id
 limit %(limit)s;

-- name: delete_images
-- As the caller: those of these pictures that are theirs; triggers note the files.
delete from public.generated_images where id = any(%(ids)s) returning id;

-- name: mark_images
-- As the caller: those of these pictures that are theirs become favourites, or are none any more.
update public.generated_images set is_favorite = %(is_favorite)s where id = any(%(ids)s) returning id;

-- name: add_collection
-- A new collection.
select private.add_collection(%(name)s) as answer;

-- name: own_collections
-- All of the caller's.
select private.own_collections() as answer;

-- name: edit_collection
-- Another name, cover or place.
select private.edit_collection(%(collection_id)s, %(fields)s) as answer;

-- name: drop_collection
-- The collection goes, its pictures stay.
select private.drop_collection(%(collection_id)s) as answer;

-- name: put_in_collection
-- More pictures in it.
select private.put_in_collection(%(collection_id)s, %(image_ids)s) as answer;

-- name: take_out_of_collection
-- Fewer.
select private.take_out_of_collection(%(collection_id)s, %(image_ids)s) as answer;

-- name: share_image
-- A link of a picture.
select private.share_image(%(id)s, %(token_hash)s, %(days)s) as answer;

-- name: share_collection
-- A link of a collection.
select private.share_collection(%(id)s, %(token_hash)s, %(days)s) as answer;

-- name: own_shares
-- The caller's links that open something.
select private.own_shares(%(image_id)s, %(collection_id)s) as answer;

-- name: revoke_share
-- A link that opens nothing any more.
select private.revoke_share(%(share_id)s) as answer;

-- name: shown_by_link
-- What a link shows to whoever has it; null when it shows nothing.
select private.shown_by_link(%(token_hash)s) as answer;

-- name: count_view
-- Its page was opened.
select private.count_view(%(token_hash)s);

-- name: fold_share_views
-- Views that wait are added up.
select private.fold_share_views() as folded;

-- name: insert_batch
-- Several scenes under one key; nothing comes back when it was used before.
insert into private.generation_batches (user_id, idempotency_key, request)
values (auth.uid(), %(key)s, %(request)s)
on conflict (user_id, idempotency_key) do nothing
returning id;

-- name: find_batch
-- What the caller asked for under a key.
select id, request
  from private.generation_batches
 where user_id = auth.uid()
   and idempotency_key = %(key)s;

-- name: add_to_batch
-- One of its generations.
insert into private.batch_generations (batch_id, generation_id, position)
values (%(batch_id)s, %(generation_id)s, %(position)s);

-- name: reserve_batch
-- All the images of a batch, or none.
select private.reserve_batch(%(id)s) as reserved;

-- name: read_batch
-- The generations of one of the caller's batches, in its order.
select members.generation_id
  from private.generation_batches as batches
  join private.batch_generations as members on members.batch_id = batches.id
 where batches.id = %(id)s
   and batches.user_id = auth.uid()
 order by members.position;
