-- name: begin_operation
-- What the policies and the guard against plain deletes may ask of this transaction.
select set_config('storage.operation', %(operation)s, true),
       set_config('storage.allow_delete_query', %(deletes)s, true);

-- name: find_bucket
-- One bucket, under the policies of whoever asks.
select id, name, owner, owner_id, public, file_size_limit, allowed_mime_types, created_at, updated_at
  from storage.buckets
 where id = %(bucket)s;

-- name: list_buckets
-- The buckets whoever asks may see, a page of them.
select id, name, owner, owner_id, public, file_size_limit, allowed_mime_types, created_at, updated_at
  from storage.buckets
 where %(search)s = '' or strpos(lower(name), lower(%(search)s)) > 0
 order by case when %(descending)s then null
               when %(column)s in ('created_at', 'updated_at')
                    then to_char(case %(column)s when 'created_at' then created_at else updated_at end at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
               else name end collate "C" asc,
          case when not %(descending)s then null
               when %(column)s in ('created_at', 'updated_at')
                    then to_char(case %(column)s when 'created_at' then created_at else updated_at end at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
               else name end collate "C" desc,
          id
 limit %(limit)s offset %(offset)s;

-- name: insert_bucket
-- A new bucket of whoever makes it.
insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
values (%(id)s, %(name)s, %(owner)s, %(owner_id)s, %(public)s, %(file_size_limit)s, %(allowed_mime_types)s);

-- name: update_bucket
-- What is given changes; what is not stays.
update storage.buckets
   set public             = coalesce(%(public)s, public),
       file_size_limit    = case when %(sets_file_size_limit)s then %(file_size_limit)s else file_size_limit end,
       allowed_mime_types = case when %(sets_allowed_mime_types)s then %(allowed_mime_types)s else allowed_mime_types end,
       updated_at         = now()
 where id = %(bucket)s
returning id;

-- name: delete_bucket
-- The foreign key of objects refuses while anything is inside.
delete from storage.buckets where id = %(bucket)s returning id;

-- name: bucket_holds_objects
-- Whether anything is inside.
select exists (select from storage.objects where bucket_id = %(bucket)s) as holds;

-- name: empty_bucket
-- The next lot of a bucket's objects goes; the bytes follow by version.
delete from storage.objects
 where id in (select id from storage.objects where bucket_id = %(bucket)s limit %(limit)s)
returning version;

-- name: find_object
-- One object, under the policies of whoever asks.
select id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at, last_accessed_at
  from storage.objects
 where bucket_id = %(bucket)s and name = %(name)s;

-- name: find_public_object
-- One object of a public bucket as JSON: null where there is no such bucket, `{}` where no such object lies in it.
select coalesce(
         (select to_jsonb(found)
            from (select objects.id, objects.bucket_id, objects.name, objects.owner, objects.owner_id, objects.version,
                         objects.metadata, objects.user_metadata, objects.created_at, objects.updated_at,
                         objects.last_accessed_at
                    from storage.objects objects
                   where objects.bucket_id = buckets.id and objects.name = %(name)s) found),
         '{}') as object
  from storage.buckets buckets
 where buckets.id = %(bucket)s and buckets.public;

-- name: find_names
-- Which of these names whoever asks may see.
select name from storage.objects where bucket_id = %(bucket)s and name = any(%(names)s::text[]);

-- name: lock_name
-- Writers of one name come one after the other.
select pg_advisory_xact_lock(hashtextextended(%(bucket)s::text || '/' || %(name)s::text, 54321));

-- name: hold_object
-- The version that an overwrite replaces, held so that nobody moves it away meanwhile.
select version from storage.objects where bucket_id = %(bucket)s and name = %(name)s for update;

-- name: upsert_object
-- The row of a name, made or taken over; its policies are those of INSERT, SELECT and UPDATE.
insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
values (%(id)s, %(bucket)s, %(name)s, %(owner)s, %(owner_id)s, %(version)s, %(metadata)s, %(user_metadata)s)
    on conflict (bucket_id, name) do update
   set owner         = excluded.owner,
       owner_id      = excluded.owner_id,
       version       = excluded.version,
       metadata      = excluded.metadata,
       user_metadata = excluded.user_metadata,
       updated_at    = now()
returning id;

-- name: insert_object
-- A new row for bytes that lie there already. No RETURNING: it would ask for SELECT, and some may only insert.
insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
values (%(id)s, %(bucket)s, %(name)s, %(owner)s, %(owner_id)s, %(version)s, %(metadata)s, %(user_metadata)s);

-- name: update_object
-- The row of a name that is there, for other bytes; its policies are those of SELECT and UPDATE.
update storage.objects
   set owner         = %(owner)s,
       owner_id      = %(owner_id)s,
       version       = %(version)s,
       metadata      = %(metadata)s,
       user_metadata = %(user_metadata)s,
       updated_at    = now()
 where bucket_id = %(bucket)s and name = %(name)s
returning id;

-- name: move_object
-- Another name for the same bytes: those that were looked at, and none that came in between; or for `bare_version`, which
-- was made of them.
update storage.objects
   set bucket_id  = %(to_bucket)s,
       name       = %(to_name)s,
       version    = coalesce(%(bare_version)s, version),
       metadata   = metadata || %(metadata)s::jsonb,
       updated_at = now()
 where bucket_id = %(bucket)s and name = %(name)s and coalesce(version, '') = %(version)s
returning id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at, last_accessed_at;

-- name: delete_objects
-- What of these names whoever asks may remove.
delete from storage.objects
 where bucket_id = %(bucket)s and name = any(%(names)s::text[])
returning id, bucket_id, name, owner, owner_id, version, metadata, user_metadata, created_at, updated_at, last_accessed_at;

-- name: list_folder
-- One level under a prefix in the order of names: each folder and each object is one step along the index, so the
-- cost is that of what is shown, not of what lies below. '0' is the character after '/', \x01 the first one there is.
with recursive walk as (
  (select o.name as full_name, o.id, 0 as step
     from storage.objects o
    where o.bucket_id = %(bucket)s and o.name collate "C" >= %(start)s and o.name collate "C" < %(end)s
    order by o.name collate "C"
    limit 1)
  union all
  (select next.name, next.id, walk.step + 1
     from walk
    cross join lateral (
          select o.name, o.id
            from storage.objects o
           where o.bucket_id = %(bucket)s and o.name collate "C" < %(end)s
             and o.name collate "C" >= case
                   when strpos(substr(walk.full_name, %(prefix_length)s + 1), '/') > 0
                   then %(prefix)s || split_part(substr(walk.full_name, %(prefix_length)s + 1), '/', 1) || '0'
                   else walk.full_name || E'\x01' end
           order by o.name collate "C"
           limit 1) next
    where walk.step + 1 < %(steps)s)
)
select split_part(substr(walk.full_name, %(prefix_length)s + 1), '/', 1) as entry,
       strpos(substr(walk.full_name, %(prefix_length)s + 1), '/') > 0   as is_folder,
       null::timestamptz                                                as moment,
       o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
  from walk
  join storage.objects o on o.id = walk.id
 order by walk.step
offset %(offset)s;

-- name: search_folder
-- As `list_folder`, of the entries that begin so in any case: from range to range of the spellings, which stand in order and
-- apart. Policies may be asked of what lies in these alone, since the order of names is compared without asking them.
with recursive walk as (
  (select next.name, next.id, 0 as step
     from unnest(%(lows)s::text[], %(highs)s::text[]) range(low, high)
    cross join lateral (
          select o.name, o.id
            from storage.objects o
           where o.bucket_id = %(bucket)s and o.name collate "C" >= range.low and o.name collate "C" < range.high
             and starts_with(lower(split_part(substr(o.name, %(prefix_length)s + 1), '/', 1)), lower(%(search)s))
           order by o.name collate "C"
           limit 1) next
    order by range.low collate "C"
    limit 1)
  union all
  (select next.name, next.id, walk.step + 1
     from walk
    cross join lateral (
          select case when strpos(substr(walk.name, %(prefix_length)s + 1), '/') > 0
                      then %(prefix)s || split_part(substr(walk.name, %(prefix_length)s + 1), '/', 1) || '0'
                      else walk.name || E'\x01' end as start) further
    cross join lateral (
          select found.name, found.id
            from unnest(%(lows)s::text[], %(highs)s::text[]) range(low, high)
           cross join lateral (
                 select o.name, o.id
                   from storage.objects o
                  where o.bucket_id = %(bucket)s and o.name collate "C" >= range.low
                    and o.name collate "C" >= further.start and o.name collate "C" < range.high
                    and starts_with(lower(split_part(substr(o.name, %(prefix_length)s + 1), '/', 1)), lower(%(search)s))
                  order by o.name collate "C"
                  limit 1) found
           where range.high collate "C" > further.start
           order by range.low collate "C"
           limit 1) next
    where walk.step + 1 < %(steps)s)
)
select split_part(substr(walk.name, %(prefix_length)s + 1), '/', 1) as entry,
       strpos(substr(walk.name, %(prefix_length)s + 1), '/') > 0   as is_folder,
       null::timestamptz                                           as moment,
       o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
  from walk
  join storage.objects o on o.id = walk.id
 order by walk.step
offset %(offset)s;

-- name: list_sorted
-- Everything under a prefix, as one level (folders first) or flat, in any order; `after` continues a page. What is searched
-- for narrows it to the ranges of its spellings.
with below as (
  select o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata,
         case when %(one_level)s then split_part(substr(o.name, %(prefix_length)s + 1), '/', 1)
              else substr(o.name, %(prefix_length)s + 1) end                         as entry,
         %(one_level)s and strpos(substr(o.name, %(prefix_length)s + 1), '/') > 0     as is_folder
    from unnest(%(lows)s::text[], %(highs)s::text[]) range(low, high)
    join storage.objects o
      on o.bucket_id = %(bucket)s and o.name collate "C" >= range.low and o.name collate "C" < range.high
), entries as (
  select entry, is_folder, id, updated_at, created_at, last_accessed_at, metadata
    from below
   where not is_folder
   union all
  select distinct entry, true, null::uuid, null::timestamptz, null::timestamptz, null::timestamptz, null::jsonb
    from below
   where is_folder
), keyed as (
  select entries.*,
         case when is_folder then null
              else case %(column)s when 'created_at' then created_at
                                   when 'updated_at' then updated_at
                                   when 'last_accessed_at' then last_accessed_at end end as moment,
         %(column)s <> 'name' and not is_folder                                          as late
    from entries
   where starts_with(lower(entry), lower(%(search)s))
)
select entry, is_folder, moment, id, updated_at, created_at, last_accessed_at, metadata
  from keyed
 where %(after_entry)s = ''
    or case when late <> %(after_late)s then late
            when late and %(descending)s then (moment, entry collate "C") < (%(after_moment)s::timestamptz, %(after_entry)s)
            when late then (moment, entry collate "C") > (%(after_moment)s::timestamptz, %(after_entry)s)
            when %(descending)s then entry collate "C" < %(after_entry)s
            else entry collate "C" > %(after_entry)s end
 order by late,
          case when %(descending)s then null else moment end asc,
          case when %(descending)s then moment end desc,
          case when %(descending)s then null else entry collate "C" end asc,
          case when %(descending)s then entry collate "C" end desc
 limit %(limit)s offset %(offset)s;

-- name: orphans_of
-- Which of these versions no row stands for.
select version
  from unnest(%(versions)s::text[]) version
 where not exists (select from storage.objects o where o.version = version.version)
   and not exists (select from private.upload_parts p where p.version = version.version);

-- name: any_object
-- Whether this database knows any object at all.
select exists (select from storage.objects) as knows;

-- name: remove_queued
-- The next lines of what is to be removed, and the objects they name unless somebody put others there since.
with lines as (
  delete from private.object_removals
   where id in (select id from private.object_removals order by id limit %(limit)s)
  returning bucket_id, name, created_at
), gone as (
  delete from storage.objects o
   using lines
   where o.bucket_id = lines.bucket_id and o.name = lines.name and o.updated_at <= lines.created_at
  returning o.version
)
select (select count(*) from lines) as lines,
       array(select version from gone where version is not null) as versions;

-- name: recount_objects
-- What each owner keeps, where it is not what is counted, counted anew.
select private.recount_objects() as owners;

-- name: list_names
-- Every object whose name begins with a prefix, from one on, in the order of names, along the index.
select substr(o.name, %(prefix_length)s + 1) as entry, false as is_folder, null::timestamptz as moment,
       o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
  from storage.objects o
 where o.bucket_id = %(bucket)s and o.name collate "C" >= %(start)s and o.name collate "C" < %(end)s
 order by o.name collate "C"
 limit %(steps)s;
