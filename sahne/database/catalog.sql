-- name: exposure
-- What is said in the database of what the Data API shows, the stronger last: for the role, then for the role here.
select substring(said from '^[^=]+') as name, substring(said from '=(.*)$') as value
from pg_db_role_setting s
cross join unnest(s.setconfig) said
where s.setrole = (select oid from pg_roles where rolname = 'authenticator')
  and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and starts_with(said, %(prefix)s)
order by s.setdatabase;

-- name: role_settings
-- How long a statement may take for each role of the doors, in milliseconds, the stronger last.
select r.rolname as role,
       extract(epoch from case when value ~ '^\d+$' then value || ' ms' else value end::interval) * 1000 as milliseconds
from pg_db_role_setting s
cross join unnest(s.setconfig) said
cross join substring(said from '=(.*)$') value
join pg_roles r on r.oid = s.setrole
join pg_auth_members m on m.roleid = r.oid
join pg_roles d on d.oid = m.member and d.rolname = 'authenticator'
where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  and starts_with(said, 'statement_timeout=')
order by s.setdatabase;

-- name: relations
-- Every table and view of the exposed schema with its columns, its key and, of its comment, the way for clients.
-- A foreign table of a wrapper without a handler, and a view of one, takes no writes: PostgreSQL refuses to be asked.
with recursive handlerless (oid) as (
  select t.ftrelid
  from pg_foreign_table t
  join pg_foreign_server s on s.oid = t.ftserver
  join pg_foreign_data_wrapper w on w.oid = s.srvfdw
  where w.fdwhandler = 0
  union
  select r.ev_class
  from handlerless h
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = h.oid and d.classid = 'pg_rewrite'::regclass
  join pg_rewrite r on r.oid = d.objid
), keys as (
  select i.indrelid, json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum)) as columns
  from pg_index i
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
  where i.indisprimary
  group by i.indrelid
)
select c.relname as name,
       coalesce(k.columns, '[]') as primary_key,
       substring(obj_description(c.oid, 'pg_class') from '(?n)^For clients: .+$') as way,
       obj_description(c.oid, 'pg_class') as comment,
       case
         when c.relkind in ('r', 'p') then 28
         when c.relkind = 'm' or c.oid in (select h.oid from handlerless h) then 0
         else pg_relation_is_updatable(c.oid, true)
       end as writes,
       (select json_agg(json_build_object(
                 'name', a.attname,
                 'type', format_type(a.atttypid, a.atttypmod),
                 'base', coalesce(nullif(t.typbasetype, 0), t.oid)::regtype::text,
                 'comment', col_description(c.oid, a.attnum),
                 'required', a.attnotnull or t.typnotnull,
                 'length', case when a.atttypid in ('bpchar'::regtype, 'varchar'::regtype) and a.atttypmod > 4 then a.atttypmod - 4 end,
                 'words', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e
                           where e.enumtypid = coalesce(nullif(t.typbasetype, 0), t.oid)),
                 'default', case
                   when a.attidentity = 'd'
                     then format('nextval(%%L)', pg_get_serial_sequence(format('%%I.%%I', cn.nspname, c.relname), a.attname))
                   when a.attgenerated = '' and a.attidentity = ''
                     then coalesce(pg_get_expr(d.adbin, d.adrelid), pg_get_expr(t.typdefaultbin, 0))
                 end
               ) order by a.attnum)
        from pg_attribute a
        join pg_type t on t.oid = a.atttypid
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
from pg_class c
join pg_namespace cn on cn.oid = c.relnamespace
left join keys k on k.indrelid = c.oid
where c.relnamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
  and c.relkind in ('r', 'v', 'm', 'f', 'p')
  and not c.relispartition
order by c.relname;

-- name: of_schema
-- What its owner says of the schema; what every database's `public` says of itself is nothing.
select nullif(obj_description(n.oid, 'pg_namespace'), 'standard public schema') as comment
from pg_namespace n
where n.nspname = %(schema)s;

-- name: foreign_keys
-- Every foreign key; unique says that a row is referred to at most once, source_key is its table's own key.
select k.conname as name,
       sn.nspname as source_schema,
       s.relname as source,
       tn.nspname as target_schema,
       t.relname as target,
       (select json_agg(a.attname order by o.n)
        from unnest(k.conkey) with ordinality o(num, n)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.num) as columns,
       (select json_agg(a.attname order by o.n)
        from unnest(k.confkey) with ordinality o(num, n)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = o.num) as target_columns,
       exists (
         select from pg_index i
         where i.indrelid = k.conrelid and i.indisunique and i.indpred is null
           and i.indkey::int2[] <@ k.conkey and i.indkey::int2[] @> k.conkey) as is_unique,
       (select coalesce(json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum)), '[]')
        from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
        where i.indrelid = k.conrelid and i.indisprimary) as source_key
from pg_constraint k
join pg_class s on s.oid = k.conrelid
join pg_namespace sn on sn.oid = s.relnamespace
join pg_class t on t.oid = k.confrelid
join pg_namespace tn on tn.oid = t.relnamespace
where k.contype = 'f'
  and k.conparentid = 0
order by k.conname;

-- name: view_columns
-- Which column of which relation a view's column simply passes on, read off the view's stored rule: what is selected
-- by the view itself stands two braces deep in it, what subqueries select is deeper.
with tokens as (
  select r.ev_class as view, token,
         sum(case token[1] when '{' then 1 when '}' then -1 else 0 end)
           over (partition by r.ev_class order by place) as depth
  from pg_rewrite r
  join pg_class v on v.oid = r.ev_class and v.relkind in ('v', 'm')
  join pg_namespace n on n.oid = v.relnamespace and n.nspname not in ('pg_catalog', 'information_schema')
  cross join lateral regexp_matches(
    r.ev_action::text,
    '(\\.|[{}]|:resno (\d+) :resname (?:\\.|\S)+ :ressortgroupref \d+ :resorigtbl ([1-9]\d*) :resorigcol (\d+))', 'g'
  ) with ordinality m(token, place)
  where r.rulename = '_RETURN'
)
select vn.nspname as view_schema,
       v.relname as view,
       a.attname as name,
       n.nspname as origin_schema,
       o.relname as origin,
       oa.attname as origin_column
from tokens
join pg_class v on v.oid = tokens.view
join pg_namespace vn on vn.oid = v.relnamespace
join pg_attribute a on a.attrelid = v.oid and a.attnum = token[2]::int
join pg_class o on o.oid = token[3]::oid
join pg_namespace n on n.oid = o.relnamespace
join pg_attribute oa on oa.attrelid = o.oid and oa.attnum = token[4]::int
where depth = 2
  and n.nspname not in ('pg_catalog', 'information_schema')
order by vn.nspname, v.relname, a.attnum;

-- name: computed_relationships
-- Functions that take a row of one relation and give one row, or rows, of another: as good as a foreign key.
select pn.nspname as schema,
       p.proname as name,
       sn.nspname as source_schema,
       s.relname as source,
       tn.nspname as target_schema,
       t.relname as target,
       not p.proretset or p.prorows = 1 as is_one
from pg_proc p
join pg_namespace pn on pn.oid = p.pronamespace and pn.nspname not in ('pg_catalog', 'information_schema')
join pg_class s on s.reltype = p.proargtypes[0] and s.relkind in ('r', 'v', 'm', 'f', 'p')
join pg_namespace sn on sn.oid = s.relnamespace
join pg_class t on t.reltype = p.prorettype and t.relkind in ('r', 'v', 'm', 'f', 'p')
join pg_namespace tn on tn.oid = t.relnamespace
where p.pronargs = 1
  and p.prokind = 'f'
order by pn.nspname, p.proname, sn.nspname, s.relname;

-- name: representations
-- Domains that clients see and send as something else than their value: by casts from and to json, and from text.
select format_type(d.oid, null) as type,
       max(case when c.castsource = d.oid and c.casttarget = 'json'::regtype then c.castfunc::regproc::text end) as to_json,
       max(case when c.casttarget = d.oid and c.castsource = 'json'::regtype then c.castfunc::regproc::text end) as from_json,
       max(case when c.casttarget = d.oid and c.castsource = 'text'::regtype then c.castfunc::regproc::text end) as from_text
from pg_cast c
join pg_type d on d.oid in (c.castsource, c.casttarget) and d.typtype = 'd'
where c.castmethod = 'f'
  and c.castcontext = 'i'
group by d.oid;

-- name: functions
-- Every function that can be called through /rpc, with its arguments and what it returns.
select p.proname as name,
       obj_description(p.oid, 'pg_proc') as comment,
       p.provolatile as volatility,
       p.proretset as returns_set,
       format_type(p.prorettype, null) as returns,
       t.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false) as returns_row,
       (select c.relname from pg_class c
        where c.oid = t.typrelid and c.relkind <> 'c' and c.relnamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)) as returns_relation,
       case when not p.proretset and t.typtype = 'd' and t.typname ~ '^([\w.-]+/[\w.+-]+|\*/\*)$' then lower(t.typname) end as media_type,
       t.typbasetype = 'bytea'::regtype as gives_bytes,
       coalesce(p.proargnames, '{}') as names,
       coalesce(p.proargmodes::text[], '{}') as modes,
       p.pronargdefaults as defaults,
       (select coalesce(array_agg(format_type(x.type, -1) order by x.n), '{}')
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality x(type, n)) as types,
       (select coalesce(array_agg(at.typtype = 'c' order by x.n), '{}')
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality x(type, n)
        join pg_type at on at.oid = x.type) as composites,
       (select coalesce(array_agg(r.rolname), '{}')
        from pg_auth_members m
        join pg_roles r on r.oid = m.roleid
        join pg_roles d on d.oid = m.member and d.rolname = 'authenticator'
        where has_function_privilege(r.oid, p.oid, 'execute')) as callers
from pg_proc p
join pg_type t on t.oid = p.prorettype
where p.pronamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
  and p.prokind = 'f'
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
order by p.proname, p.oid;

-- name: media_handlers
-- Aggregates over rows that give a domain named as a media type; relation is null for those of any rows.
select p.proname as aggregate,
       s.relname as relation,
       lower(t.typname) as media_type,
       t.typbasetype = 'bytea'::regtype as is_binary
from pg_proc p
join pg_type t on t.oid = p.prorettype and t.typtype = 'd' and t.typname ~ '^([\w.-]+/[\w.+-]+|\*/\*)$'
left join pg_class s on s.reltype = p.proargtypes[0] and s.relnamespace = p.pronamespace
where p.pronamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
  and p.prokind = 'a'
  and p.pronargs = 1
  and (s.oid is not null or p.proargtypes[0] = 'anyelement'::regtype)
order by p.proname, p.oid;

-- name: time_zones
-- The names `Prefer: timezone=` may use.
select name from pg_timezone_names;

-- name: rules
-- Every constraint and unique index of exposed tables that has a sentence, under its name and its partitions' names.
with recursive said (oid, of, name, constraint_name, sentence) as (
  select k.oid, 'pg_constraint'::regclass, k.conname, k.conname, d.description
  from pg_constraint k
  join pg_class t on t.oid = k.conrelid
  join pg_description d on d.objoid = k.oid and d.classoid = 'pg_constraint'::regclass
  where t.relnamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
  union all
  select i.indexrelid, 'pg_class'::regclass, c.relname, c.relname, d.description
  from pg_index i
  join pg_class t on t.oid = i.indrelid
  join pg_class c on c.oid = i.indexrelid
  join pg_description d on d.objoid = i.indexrelid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
  where i.indisunique and t.relnamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
  union all
  select coalesce(k.oid, c.oid), said.of, coalesce(k.conname, c.relname), said.constraint_name, said.sentence
  from said
  left join pg_constraint k on said.of = 'pg_constraint'::regclass and k.conparentid = said.oid
  left join pg_inherits h on said.of = 'pg_class'::regclass and h.inhparent = said.oid
  left join pg_class c on c.oid = h.inhrelid
  where coalesce(k.oid, c.oid) is not null
)
select distinct name, constraint_name, sentence
from said
order by name, constraint_name;

-- name: privileges
-- What each role of the doors may do with each exposed table or view, column by column.
select c.relname as table_name,
       r.rolname as role,
       count(*) as columns,
       coalesce(array_agg(a.attname order by a.attnum)
                  filter (where has_column_privilege(r.oid, c.oid, a.attnum, 'select')), '{}') as reads,
       coalesce(array_agg(a.attname order by a.attnum)
                  filter (where has_column_privilege(r.oid, c.oid, a.attnum, 'insert')), '{}') as inserts,
       coalesce(array_agg(a.attname order by a.attnum)
                  filter (where has_column_privilege(r.oid, c.oid, a.attnum, 'update')), '{}') as updates,
       has_table_privilege(r.oid, c.oid, 'delete') as deletes
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
cross join pg_auth_members m
join pg_roles r on r.oid = m.roleid
join pg_roles d on d.oid = m.member and d.rolname = 'authenticator'
where c.relnamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
  and c.relkind in ('r', 'v', 'm', 'f', 'p')
  and not c.relispartition
group by c.oid, c.relname, r.oid, r.rolname
order by c.relname, r.rolname;

-- name: partitions
-- The table of each partition, wherever the partition lies.
select p.relname as name, t.relname as table_name
from pg_class p
join pg_class t on t.oid = pg_partition_root(p.oid)
where p.relispartition
  and p.relkind in ('r', 'p', 'f')
  and t.relnamespace = (select n.oid from pg_namespace n where n.nspname = %(schema)s)
order by p.relname;
