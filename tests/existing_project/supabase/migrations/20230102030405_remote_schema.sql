-- As `supabase db pull` writes it, for a shop that began on Supabase.
create extension if not exists "uuid-ossp" with schema "extensions" version '1.1';
create extension if not exists "pgcrypto" with schema "extensions";

create table "public"."orders" (
  "id"         uuid        not null default uuid_generate_v4() primary key,
  "number"     uuid        not null default extensions.uuid_generate_v1(),
  "api_key"    text        not null default encode(gen_random_bytes(16), 'hex'),
  "item"       text        not null,
  "item_hash"  bytea       generated always as (digest(item, 'sha256')) stored,
  "created_at" timestamptz not null default now()
);

alter table "public"."orders" enable row level security;

create index orders_item_sha1 on public.orders (encode(extensions.digest(item, 'sha1'), 'hex'));
