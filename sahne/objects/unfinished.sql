-- name: insert_upload
-- An upload that begins; a trigger counts what its holder has begun already.
insert into private.unfinished_uploads
  (id, holder, address, bucket_id, name, owner_id, replaces, bytes, mimetype, cache_control, user_metadata, expires_at)
values (%(id)s, %(holder)s, %(address)s, %(bucket)s, %(name)s, %(owner_id)s, %(replaces)s, %(bytes)s, %(mimetype)s, %(cache_control)s,
        %(user_metadata)s, now() + make_interval(secs => %(seconds)s))
returning expires_at;

-- name: find_upload
-- An upload that has not expired, and how many bytes of it there are; one in numbered parts was announced without a size.
select u.id, u.holder, u.bucket_id, u.name, u.owner_id, u.replaces, u.bytes, u.mimetype, u.cache_control, u.user_metadata,
       u.expires_at, u.ended_at is not null as has_ended,
       case when u.ended_at is not null then coalesce(u.bytes, 0)
            else (select coalesce(sum(p.bytes), 0)::bigint from private.upload_parts p where p.upload_id = u.id)
       end as received
  from private.unfinished_uploads u
 where u.id = %(id)s and u.holder = %(holder)s and u.expires_at > now()
   and (u.bytes is null) = %(numbered)s;

-- name: insert_part
-- What has come, unless something else has come in its place. The upload is held, so that it is not taken away meanwhile.
insert into private.upload_parts (upload_id, place, version, bytes, md5)
select id, %(place)s, %(version)s, %(bytes)s, %(md5)s
  from (select id from private.unfinished_uploads where id = %(id)s and ended_at is null for share) held
    on conflict (upload_id, place) do nothing
returning place;

-- name: put_part
-- A numbered part, made or replaced; whose bytes it replaced follow by version. None where the upload has ended.
with before as (
  select version from private.upload_parts where upload_id = %(id)s and place = %(place)s
), kept as (
  insert into private.upload_parts (upload_id, place, version, bytes, md5)
  select id, %(place)s, %(version)s, %(bytes)s, %(md5)s
    from (select id from private.unfinished_uploads where id = %(id)s and ended_at is null for share) held
      on conflict (upload_id, place) do update
     set version = excluded.version, bytes = excluded.bytes, md5 = excluded.md5, created_at = now()
  returning version
)
select (select version from before) as replaced from kept;

-- name: list_uploads
-- What a holder has under way in a bucket, in the order of names, after one of them.
select id, name, created_at
  from private.unfinished_uploads
 where holder = %(holder)s and bucket_id = %(bucket)s and ended_at is null and expires_at > now()
   and starts_with(name, %(prefix)s) and (name collate "C", id) > (%(after_name)s, %(after_id)s::uuid)
 order by name collate "C", id
 limit %(limit)s;

-- name: list_parts
-- All that has come of an upload, in order.
select place, version, bytes, md5, created_at from private.upload_parts where upload_id = %(id)s order by place;

-- name: is_stored
-- Whether the upload's own object is there.
select exists (
  select from storage.objects where id = %(id)s and bucket_id = %(bucket)s and name = %(name)s
) as stored;

-- name: end_upload
-- The object is there: the parts go, and their bytes follow by version. They stay for whom the end is by now.
with upload as (
  update private.unfinished_uploads set ended_at = now()
   where id = %(id)s and ending_by = %(by)s and ended_at is null
  returning id
), gone as (
  delete from private.upload_parts where upload_id in (select id from upload) returning version
)
select array(select version from gone) as versions;

-- name: delete_upload
-- An upload goes with its parts; their bytes follow by version.
with gone as (
  select version from private.upload_parts where upload_id = %(id)s
), upload as (
  delete from private.unfinished_uploads where id = %(id)s
)
select array(select version from gone) as versions;

-- name: delete_expired
-- The next uploads that nobody ended in time go with their parts; their bytes follow by version.
with expired as (
  select id from private.unfinished_uploads where expires_at <= now() order by id limit %(limit)s for update skip locked
), parts as (
  select version from private.upload_parts where upload_id in (select id from expired)
), gone as (
  delete from private.unfinished_uploads where id in (select id from expired) returning id
)
select array(select version from parts) as versions, (select count(*) from gone) as uploads;

-- name: bucket_of_upload
-- Where an upload goes that was begun here.
select bucket_id from private.unfinished_uploads where id = %(id)s;
