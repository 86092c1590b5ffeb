-- What sessions are about, and plans that come again. The functions of words as they were first: today's text is in
-- sahne/database/functions/people.

-- Words as they are looked for: without their case, accents, dots and dashes, in Turkish and in English; and what the words
-- are by which sessions are found.

-- `Işıl Çağrı-ŞEN` → `isil cagri sen`. ı and i are one letter here, in any case, whatever the database's language.
create or replace function private.plain_words(_text text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select btrim(regexp_replace(
           replace(replace(replace(
             lower(translate(
               regexp_replace(normalize(_text, nfkd), '[\u0300-\u036f]', '', 'g'),
               'IıŁłØøĐđÆŒ', 'iilloodd' || 'æœ')),
             'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
           '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f\u00a0\u2010-\u2015]+', ' ', 'g'))
$$;

-- At most five words of 2 to 24 characters: what a session's host says it is about.
create or replace function private.are_tags(_tags text[]) returns boolean
language sql immutable strict set search_path = '', pg_temp as $$
  select cardinality(_tags) <= 5
     and coalesce(bool_and(tag is not null and char_length(tag) between 2 and 24 and private.is_visible(tag)
                           and tag !~ '[[:space:][:cntrl:]#,]'), true)
    from unnest(_tags) tag
$$;

revoke execute on function private.plain_words(text), private.are_tags(text[]) from public;
grant execute on function private.plain_words(text) to service_role;
grant execute on function private.are_tags(text[]) to anon, authenticated, service_role;

-- What sessions are about, for choosing: kept by admins, named by clients in their own languages.
create table public.session_categories (
  id          uuid    not null default gen_random_uuid() primary key,
  slug        text    not null,
  name        text    not null,
  order_index integer not null default 0,
  is_active   boolean not null default true,
  constraint session_categories_slug_key unique (slug),
  constraint session_categories_slug_check check (slug ~ '^[a-z][a-z_]{1,39}$'),
  constraint session_categories_name_check check (char_length(name) between 1 and 80)
);
alter table public.session_categories enable row level security;

insert into public.session_categories (slug, name, order_index) values
  ('talk', 'Talk', 1), ('music', 'Music', 2), ('games', 'Games', 3), ('cooking', 'Cooking', 4),
  ('beauty', 'Beauty and style', 5), ('fitness', 'Fitness', 6), ('art', 'Art and craft', 7), ('learning', 'Learning', 8),
  ('travel', 'Travel', 9), ('sports', 'Sports', 10), ('comedy', 'Comedy', 11), ('other', 'Something else', 12);

-- A plan that comes again, by the clock of a time zone: when one of its sessions ends or is called off, the next is planned.
-- `made_until` is the day of the last one planned.
create table public.session_series (
  id          uuid        not null default gen_random_uuid() primary key,
  creator_id  uuid        not null,
  every       text        not null,
  time_zone   text        not null,
  time_of_day time        not null,
  made_until  date        not null,
  unheld      integer     not null default 0,
  created_at  timestamptz not null default now(),
  stopped_at  timestamptz,
  constraint session_series_creator_id_fkey foreign key (creator_id) references public.public_profiles (id) on delete cascade,
  constraint session_series_every_check check (every = any (array['daily', 'weekly'])),
  constraint session_series_unheld_check check (unheld >= 0)
);
alter table public.session_series enable row level security;
create index idx_session_series_creator_id on public.session_series (creator_id);
