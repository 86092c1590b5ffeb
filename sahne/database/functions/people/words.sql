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
