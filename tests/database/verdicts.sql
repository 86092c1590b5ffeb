-- Rooms, who is in them, and what is said there: the world of test_verdicts_in_any_order. Policies on `lines` come with each story.

-- name: world
-- Tables, the policies of those that others look into, and functions of every kind a policy may call.
create schema club;
grant usage on schema club to anon, authenticated, service_role;
create table club.rooms (id int primary key, owner uuid, kind text, counted int not null default 0);
create table club.members (
  id bigint generated always as identity primary key,
  room int, person uuid, role text, active boolean, note text
);
create table club.bans (room int, person uuid);
create table club.lines (
  id bigint generated always as identity primary key,
  room int, owner uuid, open boolean, level int, tag text, at timestamptz not null default now()
);
alter table club.rooms replica identity full;
alter table club.lines replica identity full;
alter table club.rooms enable row level security;
alter table club.members enable row level security;
alter table club.lines enable row level security;
grant select on club.rooms, club.lines to anon, authenticated, service_role;
grant select (room, person, role, active) on club.members to authenticated;
grant select on club.members, club.bans to service_role;
create policy "open ones and one's own" on club.rooms for select
  using (kind = 'open' or owner = (select auth.uid()));
create policy "one's own" on club.members for select to authenticated using (person = (select auth.uid()));
create policy "not those of hidden rooms" on club.members as restrictive for select to authenticated
  using (exists (select from club.rooms where rooms.id = members.room) or role = 'host');
alter publication supabase_realtime add table club.rooms, club.members, club.lines;

create function club.own_rooms() returns setof int language sql stable security definer set search_path = '' as
  'select members.room from club.members where members.person = (select auth.uid()) and members.active';
create function club.seen_rooms() returns setof int language sql stable set search_path = '' as
  'select id from club.rooms union all select room from club.members where active';
create function club.is_member(_room int) returns boolean language sql stable security definer set search_path = '' as
  'select exists (select from club.members where room = _room and person = auth.uid() and active)';
create function club.is_banned(_room int, _person uuid) returns boolean
  language sql stable security definer set search_path = '' as
  'select exists (select 1 from club.bans where bans.room = $1 and bans.person = $2)';
create function club.role_in(_room int) returns text language sql stable security definer set search_path = '' as
  'select max_role.role from (select members.role from club.members
     where members.room = _room and members.person = (select auth.uid()) and members.role is not null) max_role';
create function club.own_level() returns int language sql stable as
  $$ select coalesce((auth.jwt() ->> 'level')::int, 0) $$;
create function club.org() returns text language sql stable set search_path = '' as
  $$ select current_setting('request.jwt.claims', true)::jsonb ->> 'org' $$;
create function club.twice(_n int) returns int language sql immutable strict as 'select 2 * _n';
create function club.least_level(room int) returns int language sql immutable set search_path = '' as
  'select case when room > 2 then 2 else 0 end';
create function club.first_room() returns int language sql immutable set search_path = '' as 'select unnest(array[1, 3])';
create function club.some_rooms() returns setof int language sql stable security definer set search_path = '' as
  'select 1 union select 1 union select members.room from club.members where members.person = auth.uid()';
create function club.opaque(_room int) returns boolean language plpgsql stable security definer set search_path = '' as
  'begin return exists (select from club.members where room = _room and person = auth.uid()); end';
create function club.fickle() returns boolean language sql volatile as 'select random() < 2';
create function club.level_by_default(room int default 3) returns int language sql immutable set search_path = '' as
  'select case when room > 2 then 2 else 0 end';
create function club.country_of(_person uuid) returns char(2) language sql immutable set search_path = '' as
  $$ select case when _person::text like '%0' then 'DE' else 'DK' end $$;
create function club.own_country() returns char(2) language sql stable set search_path = '' as
  $$ select case when (auth.jwt() ->> 'sub') like '%0' then 'DE' else 'DK' end $$;
create function club.ban_level(_room int) returns int language sql stable security definer set search_path = '' as
  'select 9 from club.bans where bans.room = _room';
create function club.met(_one uuid, _other uuid) returns boolean language sql stable set search_path = '' as
  'select exists (select from club.members where members.person = _one and _one = _other)';
create operator club.=== (leftarg = uuid, rightarg = uuid, function = club.met);
create schema attic;
grant usage on schema attic to service_role;
create table attic.keys as select 1 as room;
grant select on attic.keys to anon, authenticated, service_role;
create function club.has_key(_room int) returns boolean language sql stable set search_path = '' as
  'select exists (select from attic.keys where keys.room = _room)';
