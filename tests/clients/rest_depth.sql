-- What embeds, adds up and is written in other ways than a table's own: views over a schema that nobody may ask for,
-- functions in the place of foreign keys, handlers of media types, columns whose JSON is not their value.
create schema extensions;
create schema hidden;

-- Views: one table each, renamed columns, views of views, subqueries and CTEs, composite keys, junctions.
create table hidden.authors (id int primary key, name text);
create table hidden.books (
  id int primary key, title text, author_id int not null references hidden.authors, editor_id int references hidden.authors
);
create table hidden.editions (book_id int references hidden.books, number int, year int, primary key (book_id, number));
create table hidden.prints (
  id int primary key, book_id int, number int, copies int,
  foreign key (book_id, number) references hidden.editions (book_id, number)
);
create table hidden.tags (id int primary key, word text);
create table hidden.book_tags (book_id int references hidden.books, tag_id int references hidden.tags, primary key (book_id, tag_id));
create table hidden.covers (book_id int primary key references hidden.books, colour text);
create table hidden.nodes (id int primary key, name text, parent_id int references hidden.nodes);

create view hidden.inner_books as select id as book, title as named, author_id as written_by from hidden.books;

create view authors as select * from hidden.authors;
create view writers as select id as writer_id, name as called from hidden.authors;
create view books as select * from hidden.books;
create view nested_books as select book as nr, named, written_by from hidden.inner_books where book < 4;
create view cte_books as with found as (select id, title, author_id from hidden.books) select id, title, author_id from found;
create view sub_books as select s.id, s.title, s.author_id from (select * from hidden.books offset 0) s;
create view counted_books as
  select (select count(*) from hidden.authors a where a.id > 0) as authors_there, b.id, b.author_id from hidden.books b;
create view swapped_books as select s.title, s.author_id + 0 as author_id, s.id from (select id, title, author_id from hidden.books) s;
create view grouped_books as
  select author_id, count(*) as books from hidden.books group by author_id having count(*) > (select id - 100 from hidden.authors limit 1);
create view any_books as select id, title, author_id from hidden.books union select id, name, id from hidden.authors;
create view twice_books as select id, title, author_id, author_id as author_again from hidden.books;
create view joined_books as
  select b.id, b.title, b.author_id, a.name, a.id as from_author from hidden.books b join hidden.authors a on a.id = b.author_id;
create view renamed_books as select id, title, author_id from hidden.books;
alter view renamed_books rename column author_id to by_whom;
create view late_books as select title, author_id, id from hidden.books;
create materialized view kept_books as select id, title, author_id from hidden.books;
create view editions as select book_id, number, year from hidden.editions;
create view part_editions as select number, year from hidden.editions;
create view prints as select id, book_id as book, number as edition, copies from hidden.prints;
create view tags as select id, word from hidden.tags;
create view book_tags as select book_id as of_book, tag_id as has_tag from hidden.book_tags;
create view covers as select book_id, colour from hidden.covers;
create view nodes as select id, name, parent_id from hidden.nodes;

insert into hidden.authors values (1, 'Ada'), (2, 'Bo'), (3, 'Cem');
insert into hidden.books values (1, 'One', 1, 2), (2, 'Two', 1, null), (3, 'Three', 2, 1), (4, 'Four', 3, 3);
insert into hidden.editions values (1, 1, 2001), (1, 2, 2002), (3, 1, 2003);
insert into hidden.prints values (1, 1, 1, 10), (2, 1, 1, 20), (3, 3, 1, 30), (4, null, null, 40);
insert into hidden.tags values (1, 'long'), (2, 'odd'), (3, 'unused');
insert into hidden.book_tags values (1, 1), (1, 2), (3, 2);
insert into hidden.covers values (1, 'red'), (4, 'blue');
insert into hidden.nodes values (1, 'root', null), (2, 'left', 1), (3, 'right', 1), (4, 'leaf', 2);
refresh materialized view kept_books;

-- Functions in the place of foreign keys.
create table makers (id int primary key, name text, town text);
create table games (id int primary key, name text, maker_id int references makers, follows int);
insert into makers values (1, 'Kiln', 'Bergen'), (2, 'Loom', 'Porto'), (3, 'Moss', 'Bergen');
insert into games values (1, 'Ant', 1, null), (2, 'Bee', 1, 1), (3, 'Cat', 2, 2), (4, 'Dog', null, null);
create view game_names as select id, name from games;
create function made_by(games) returns setof makers rows 1 language sql stable as
  $$ select * from public.makers where id = $1.maker_id $$;
create function its_maker(games) returns makers language sql stable as
  $$ select m from public.makers m where id = $1.maker_id $$;
create function made(makers) returns setof games language sql stable as
  $$ select * from public.games where maker_id = $1.id order by id $$;
create function before_it(games) returns setof games rows 1 language sql stable as
  $$ select * from public.games where id = $1.follows $$;
create function after_it(games) returns setof games language sql stable as
  $$ select * from public.games where follows = $1.id $$;
create function makers(games) returns setof makers rows 1 language sql stable as
  $$ select 100, upper(m.name), m.town from public.makers m where m.id = $1.maker_id $$;
create function sharing_town(makers) returns setof makers language sql stable as
  $$ select * from public.makers where town = $1.town and id <> $1.id $$;
create function whole_game(game_names) returns setof games rows 1 language sql stable as
  $$ select * from public.games where id = $1.id $$;
create function loud(games) returns text language sql immutable as $$ select upper($1.name) || '!' $$;
create function of_two(games, int) returns setof makers language sql stable as $$ select * from public.makers where id = $2 $$;
create function hidden.secretly(games) returns setof makers language sql stable as $$ select * from public.makers $$;
create function first_games(how_many int) returns setof games language sql stable as
  $$ select * from public.games order by id limit how_many $$;
create function kept_to_oneself(games) returns setof makers rows 1 language sql stable as $$ select * from public.makers $$;
revoke execute on function kept_to_oneself from public;


-- Media types: domains that are named after one, and aggregates that write one.
create domain "text/plain" as text;
create domain "text/html" as text;
create domain "text/xml" as text;
create domain "application/octet-stream" as bytea;
create domain "image/odd" as bytea;
create domain "application/x-lines" as text;
create domain "*/*" as bytea;
create function a_page(who text default 'you') returns "text/html" language sql immutable as $$ select '<p>' || who || '</p>' $$;
create function plain_words() returns "text/plain" language sql immutable as $$ select 'plain words' $$;
create function no_words() returns "text/plain" language sql immutable as $$ select null::"text/plain" $$;
create function some_xml() returns "text/xml" language sql immutable as $$ select '<a>1</a>' $$;
create function some_octets() returns "application/octet-stream" language sql immutable as $$ select '\x00ff41'::bytea $$;
create function a_picture() returns "image/odd" language sql immutable as $$ select '\x8950'::bytea $$;
create function whatever() returns "*/*" language sql as
  $$ select set_config('response.headers', '[{"Content-Type": "app/bingo"}]', true); select 'any'::bytea $$;
create function whatever_untold() returns "*/*" language sql immutable as $$ select 'any'::bytea $$;
create function words() returns text language sql immutable as $$ select 'words' $$;
create function real_octets() returns bytea language sql immutable as $$ select '\x0102'::bytea $$;
create function some_words() returns setof text language sql immutable as $$ values ('one'), ('two') $$;
create function set_of_pages() returns setof "text/html" language sql immutable as $$ values ('<i/>'::"text/html") $$;

create function add_line(state "application/x-lines", next anyelement) returns "application/x-lines" language sql immutable as
  $$ select (coalesce(state, '') || row_to_json(next)::text || E'\n')::"application/x-lines" $$;
create aggregate in_lines(anyelement) (sfunc = add_line, stype = "application/x-lines");
create function add_maker(state "text/plain", next makers) returns "text/plain" language sql immutable as
  $$ select (coalesce(state, '') || next.name || ' of ' || next.town || ';')::"text/plain" $$;
create aggregate makers_in_words(makers) (sfunc = add_maker, stype = "text/plain", initcond = '');
create function add_octets(state "image/odd", next games) returns "image/odd" language sql immutable as
  $$ select (coalesce(state, ''::bytea) || convert_to(left(next.name, 1), 'utf8'))::"image/odd" $$;
create aggregate games_in_octets(games) (sfunc = add_octets, stype = "image/odd");
create function close_any(state "*/*") returns "*/*" language sql as
  $$ select set_config('response.headers', '[{"Content-Type": "app/odd"}]', true); select state $$;
create table marks (id int primary key, word text);
insert into marks values (1, 'long'), (2, 'short');
create function add_any(state "*/*", next marks) returns "*/*" language sql immutable as
  $$ select (coalesce(state, ''::bytea) || convert_to(next.word, 'utf8'))::"*/*" $$;
create aggregate marks_in_any(marks) (sfunc = add_any, stype = "*/*", finalfunc = close_any);

-- What PostGIS has, in so far as the Data API calls it.
create table places (id int primary key, name text, x int, y int);
insert into places values (1, 'here', 1, 2), (2, 'there', 3, 4);
create function extensions.st_asgeojson(place places) returns text language sql immutable as $$
  select json_build_object('type', 'Feature', 'geometry', json_build_object('type', 'Point', 'coordinates', array[place.x, place.y]),
                           'properties', json_build_object('name', place.name))::text $$;
create function near_places() returns setof places language sql stable as $$ select * from public.places where x < 2 $$;

-- Data representations: a domain whose JSON and text are not its value.
create domain colour as int check (value between 0 and 16777215);
create function json_of(colour) returns json language sql immutable as $$ select to_json('#' || lpad(to_hex($1), 6, '0')) $$;
create function colour_of(text) returns colour language sql immutable as
  $$ select (('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int)::public.colour $$;
create function colour_of(json) returns colour language sql immutable as $$ select public.colour_of($1 #>> '{}') $$;
create cast (colour as json) with function json_of(colour) as implicit;
create cast (json as colour) with function colour_of(json) as implicit;
create cast (text as colour) with function colour_of(text) as implicit;
create domain moment as timestamptz;
create function json_of(moment) returns json language sql immutable as
  $$ select to_json(extract(epoch from $1)::bigint) $$;
create cast (moment as json) with function json_of(moment) as implicit;
create table paints (
  id int primary key, name text, shade colour default 255, under colour, mixed moment default '2026-01-01 00:00:00+00'
);
create table walls (id int primary key, paint_id int references paints, tint colour);
insert into paints values (1, 'red', 16711680, null), (2, 'blue', 255, 16777215), (3, 'none', null, null);
insert into walls values (1, 1, 10), (2, 2, 11), (3, null, null);
create view paint_names as select id, name, shade from paints;
create function first_paints(how_many int) returns setof paints language sql stable as
  $$ select * from public.paints order by id limit how_many $$;
create function mix(shade colour) returns colour language sql immutable as $$ select shade $$;

-- Overloads and arguments.
create function one_of(a int) returns text language sql immutable as $$ select 'a' $$;
create function one_of(a int, b int) returns text language sql immutable as $$ select 'a, b' $$;
create function one_of(a int, c text) returns text language sql immutable as $$ select 'a, c' $$;
create function collides(a int) returns text language sql immutable as $$ select 'a' $$;
create function collides(a int, b int default 1) returns text language sql immutable as $$ select 'a, b?' $$;
create function by_type(v int) returns text language sql immutable as $$ select 'int' $$;
create function by_type(v text) returns text language sql immutable as $$ select 'text' $$;
create function bodied(json) returns text language sql immutable as $$ select 'json ' || $1::text $$;
create function bodied(text) returns text language sql immutable as $$ select 'text ' || $1 $$;
create function bodied(bytea) returns text language sql immutable as $$ select 'bytea ' || encode($1, 'hex') $$;
create function bodied(x int) returns text language sql immutable as $$ select 'x ' || x $$;
create function bodied_jsonb(jsonb) returns jsonb language sql immutable as $$ select $1 $$;
create function bodied_twice(json) returns text language sql immutable as $$ select 'json' $$;
create function bodied_twice(jsonb) returns text language sql immutable as $$ select 'jsonb' $$;
create function bodied_or_none() returns text language sql immutable as $$ select 'none' $$;
create function bodied_or_none(json) returns text language sql immutable as $$ select 'json' $$;
create function unnamed_int(int) returns int language sql immutable as $$ select $1 $$;
create function two_unnamed(int, int) returns int language sql immutable as $$ select $1 $$;
create function half_named(int, b int) returns int language sql immutable as $$ select $1 + b $$;
create function many(variadic n int[]) returns int language sql immutable as $$ select coalesce(sum(x), 0)::int from unnest(n) x $$;
create function many_after(a text, variadic n int[] default '{}') returns text language sql immutable as $$ select a || n::text $$;
create function all_default(a int default 1, b text default 'x') returns text language sql immutable as $$ select a || b $$;
create function mid_default(a int, b int default 2, c int default 3) returns text language sql immutable as $$ select a || '-' || b || '-' || c $$;
create function "Odd Name"("an arg" int) returns int language sql immutable as $$ select "an arg" $$;
create function rows_with_arg(id int) returns setof makers language sql stable as $$ select * from public.makers m where m.id >= $1 order by m.id $$;
create function a_record() returns record language sql stable as $$ select 1, 'x'::text $$;
create function some_records() returns setof record language sql stable as $$ values (1, 'x'::text), (2, 'y') $$;
create function writes_nothing() returns void language sql as $$ select $$;
create function in_json(doc json, n int) returns json language sql immutable as $$ select json_build_array(doc, n) $$;
create function in_array(list text[]) returns text[] language sql immutable as $$ select list $$;

create table "odd, ""table""" ("the id" int primary key, "a/b" text);
create view odd_names as select "a/b", "the id" as "its id {1}" from "odd, ""table""";

comment on schema public is E'Odd things\n\nIn two lines.';
comment on column makers.town is 'Where it is.';
comment on function a_page is E'Greets.\nWhoever it is.';

grant usage on schema public, extensions to anon, authenticated, service_role;
grant select on all tables in schema public to anon, authenticated;
grant all on all tables in schema public to service_role;
