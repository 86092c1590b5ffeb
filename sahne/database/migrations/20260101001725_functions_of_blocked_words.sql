-- The functions of blocked words as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- Words that chats do not take. A line and a list are compared in one plain form, so that neither accents, capitals, the
-- Turkish i's, digits for letters, look-alikes, invisible characters, letters written apart nor letters written often
-- make a word another one. What stands in the list alone is met as a whole word: `ass` is not in `class`, nor is `as` it.
-- What stands between stars (`*word*`) is met within words as well; it needs four letters.

-- The plain form of a text: small letters without marks, separators as they are. Of the first 500 characters.
create or replace function private.folded(_text text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select regexp_replace(
           translate(
             lower(translate(
               regexp_replace(
                 normalize(left(_text, 500), nfkd),
                 '[\u0300-\u036F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\U000E0000-\U000E0FFF]',
                 '', 'g'),
               'ıАВЕЅІЈКМНОРСТУХаеѕіјкмнорстухΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχ',
               'iABESIJKMHOPCTYXaesijkmhopctyxABEZHIKMNOPTYXaeikvoptux')),
             '@$€', 'ase'),
           '!(?=[a-z0-9])', 'i', 'g')
$$;

-- The words of a text in that form, digits within words as the letters they stand for: each by itself, and what stands
-- between blanks without its dots and dashes. `spelled` are letters written apart, put together.
create or replace function private.words_of(_text text, out words text[], out spelled text[])
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  with chunks as (
    select private.plain_word(regexp_replace(chunk, private.no_letters(), '', 'g')) as whole,
           regexp_split_to_array(chunk, private.no_letters()) as pieces
      from regexp_split_to_table(private.folded(_text), '[[:space:]]+') chunk
  ), said as (
    select chunks.whole as word from chunks
    union
    select private.plain_word(piece) from chunks, unnest(chunks.pieces) piece
  ), apart as (
    select translate(run[1], ' ', '') as word
      from regexp_matches(
             ' ' || regexp_replace(private.folded(_text), private.no_letters(), ' ', 'g') || ' ',
             '((?: [^ ](?= )){2,})', 'g') run
  )
  select array(select said.word from said where said.word <> ''),
         array(select private.plain_word(apart.word) from apart)
$$;

-- What stands between words, in a text that is folded.
create or replace function private.no_letters() returns text
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select '[\u0001-\u002F\u003A-\u0060\u007B-\u00BF\u02B0-\u02FF\u2000-\u2BFF\u3000-\u303F]+'
$$;

-- Digits are letters where letters are beside them; a number stays one.
create or replace function private.plain_word(_word text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select case when _word ~ '[a-z]' then translate(_word, '0134578', 'oieastb') else _word end
$$;

-- Each letter once where it stands several times in a row.
create or replace function private.once_each(_word text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select regexp_replace(_word, '(.)\1+', '\1', 'g')
$$;

-- A pattern that meets a plain word with any of its letters repeated: `as{2,}` for `ass`.
create or replace function private.drawn_out(_word text) returns text
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select string_agg(left(run[1], 1) || '{' || char_length(run[1]) || ',}', '' order by place)
    from regexp_matches(_word, '((.)\2*)', 'g') with ordinality found (run, place)
$$;

-- Whether a line has a word of the house's list, or of a creator's where one is given. A list is compared by what is short of
-- a pattern first: only a line that comes close pays for more.
create or replace function private.has_blocked_word(_text text, _creator uuid) returns boolean
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _list    private.blocked_words;
  _words   text[];
  _spelled text;
  _once    text[];
begin
  for _list in
    select lists.* from private.blocked_words lists where lists.creator_id = _creator or lists.creator_id is null
  loop
    if _words is null then
      select said.words, array_to_string(said.spelled, ' ') into _words, _spelled from private.words_of(_text) said;
      _once := array(select private.once_each(word) from unnest(_words) word);
    end if;
    if _once && _list.whole_words
       and exists (select from unnest(_words) word where word ~ ('^(?:' || _list.whole_pattern || ')$'))
       or exists (select from unnest(_list.word_parts) part, unnest(_once) word where position(part in word) > 0)
       and exists (select from unnest(_words) word where word ~ _list.part_pattern)
       or _spelled <> '' and _spelled ~ concat_ws('|', _list.whole_pattern, _list.part_pattern)
    then
      return true;
    end if;
  end loop;
  return false;
end $$;

-- Whether one of some texts has a word of the house's list, however long it is: read in pieces that overlap by more than a word.
create or replace function private.has_house_word(_texts text[]) returns boolean
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if not exists (select from private.blocked_words where creator_id is null) then
    return false;
  end if;
  return exists (
    select
      from unnest(_texts) said, generate_series(1, greatest(1, char_length(said) - 100), 400) place
     where private.has_blocked_word(substr(said, place, 500), null));
end $$;

-- What people put up for all to read (names, titles, offers) is held to the house's list: of an operation's …
create or replace function private.refuse_house_words(_texts text[]) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.has_house_word(_texts) then
    perform private.refuse(422, 'blocked_word', 'A word of this is not taken here.', 'Say it in other words.');
  end if;
end $$;

-- … and of a client's own statement.
create or replace function private.forbid_house_words(_texts text[]) returns void
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  if private.has_house_word(_texts) then
    perform private.forbid_line('blocked_word', 'A word of this is not taken here', 'Say it in other words.');
  end if;
end $$;

-- A creator's list anew, or the house's where `_creator` is null; the words as they are kept.
create or replace function private.set_blocked_words(_creator uuid, _words text[]) returns text[]
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _kept  text[] := array(select distinct lower(btrim(word)) from unnest(_words) word order by 1);
  _plain text;
  _word  text;
  _whole text[] := '{}';
  _parts text[] := '{}';
begin
  foreach _word in array _kept loop
    _plain := (select array_to_string(said.words, ' ') from private.words_of(translate(_word, '*', '')) said);
    if _plain !~ '^[^ ]{2,50}$' or _plain is null then
      perform private.refuse(422, 'unprocessable', 'A blocked word is one word of 2 to 50 letters.', null,
        jsonb_build_object('word', _word));
    elsif _word !~ '[*]' then
      _whole := _whole || _plain;
    elsif _word ~ '^[*][^*]+[*]$' and char_length(_plain) >= 4 then
      _parts := _parts || _plain;
    else
      perform private.refuse(422, 'unprocessable', 'What is blocked within words stands between two stars and has four letters.',
        'Send *word*, or the word alone to meet it whole.', jsonb_build_object('word', _word));
    end if;
  end loop;
  delete from private.blocked_words where creator_id is not distinct from _creator;
  if cardinality(_kept) > 0 then
    insert into private.blocked_words (creator_id, words, whole_words, word_parts, whole_pattern, part_pattern)
    select _creator, _kept,
           array(select private.once_each(word) from unnest(_whole) word),
           array(select private.once_each(word) from unnest(_parts) word),
           (select string_agg(private.drawn_out(word), '|') from unnest(_whole) word),
           (select string_agg(private.drawn_out(word), '|') from unnest(_parts) word);
  end if;
  return _kept;
end $$;

-- The actor's own list: `{"blocked_words": [word, …]}`.
create or replace function private.own_blocked_words() returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('blocked_words', coalesce(
           (select to_jsonb(lists.words) from private.blocked_words lists where lists.creator_id = private.actor()), '[]'))
$$;

-- The house's list, which admins read and write: `{"blocked_words": [word, …]}`; null is reading it.
create or replace function private.house_words(_words jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  if _words is not null then
    perform private.set_blocked_words(null, array(select jsonb_array_elements_text(_words)));
  end if;
  return jsonb_build_object('blocked_words', coalesce(
    (select to_jsonb(lists.words) from private.blocked_words lists where lists.creator_id is null), '[]'));
end $$;

-- Whether a line holds an address of another place: with a scheme, a bare name (`ornek.com`), one whose dot is a word or
-- stands apart (`ornek . com`, `ornek(dot)com`), one in another alphabet, or whatever goes on after a slash. Names are told in the
-- plain form, where a Cyrillic р is a p.
create or replace function private.has_link(_text text) returns boolean
language sql immutable strict parallel safe set search_path = '', pg_temp as $$
  select line ~ '[a-z][a-z0-9+.-]*://|\mwww[.]|\mxn--'
      or line ~ '[^[:space:].,!?/][.][^[:space:].,!?/0-9]{2,24}/[^[:space:]]'
      or line ~ ('[^[:space:].,!?][.](?:' || common || '|' || rarer || ')(?![a-z0-9])')
      or line ~ ('[^[:space:].,!?]{2,}[[:space:]]*(?:[.]|[(\[{][[:space:]]*(?:dot|nokta|[.])[[:space:]]*[)\]}])[[:space:]]*(?:'
                 || common || ')(?![a-z0-9])')
      or line ~ ('[^[:space:].,!?]{2,}[[:space:]]+(?:dot|nokta)[[:space:]]+(?:' || common || ')(?![a-z0-9])')
    from (select translate(private.folded(_text), '。·•∙', '....') as line,
                 'com|net|org|info|xyz|online|site|store|shop|link|club|gg|biz' as common,
                 'tr|de|uk|ru|fr|nl|es|eu|az|us|io|co|me|tv|ly|to|cc|ws|app|dev|live|pro|top|vip|fun|ph|page|pф|cpб|ykp' as rarer
         ) said
$$;

revoke execute on function
  private.folded(text), private.words_of(text), private.no_letters(), private.plain_word(text), private.once_each(text),
  private.drawn_out(text), private.has_blocked_word(text, uuid), private.has_house_word(text[]),
  private.refuse_house_words(text[]), private.forbid_house_words(text[]), private.set_blocked_words(uuid, text[]),
  private.own_blocked_words(), private.house_words(jsonb), private.has_link(text)
  from public;
grant execute on function
  private.folded(text), private.words_of(text), private.no_letters(), private.plain_word(text), private.once_each(text),
  private.drawn_out(text), private.has_blocked_word(text, uuid), private.has_house_word(text[]),
  private.refuse_house_words(text[]), private.forbid_house_words(text[]), private.set_blocked_words(uuid, text[]),
  private.own_blocked_words(), private.house_words(jsonb), private.has_link(text)
  to service_role;
