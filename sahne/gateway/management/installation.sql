-- What the management door tells of the database.

-- name: created_at
-- When the first migration was applied; now, where nobody knows.
select to_json(coalesce((select min(applied_at) from supabase_migrations.sahne_checksums), now())) as created_at;

-- name: migrations
-- The history of migrations.
select version, coalesce(name, '') as name
  from supabase_migrations.schema_migrations
 order by version;

-- name: buckets
-- The buckets, as Supabase lists them.
select id, name, coalesce(owner::text, '') as owner,
       to_json(created_at) as created_at, to_json(updated_at) as updated_at, public
  from storage.buckets
 order by name;
