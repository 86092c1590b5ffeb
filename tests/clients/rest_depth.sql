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

grant usage on schema public to anon, authenticated, service_role;
grant select on all tables in schema public to anon, authenticated;
grant all on all tables in schema public to service_role;
