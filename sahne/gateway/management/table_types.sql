-- What TypeScript must know of the schemas that the Data API shows.

-- name: relations
-- Tables and views with their columns and, of tables, the keys that lead elsewhere in the schema.
select schemas.nspname::text as schema,
       relations.relname::text as name,
       relations.relkind in ('r', 'p', 'f') as is_table,
       (select jsonb_agg(jsonb_build_object(
                 'name', columns.attname,
                 'type', coalesce(nullif(types.typbasetype, 0), types.oid)::regtype::text,
                 'enum', enums.typname,
                 'enum_schema', enum_schemas.nspname,
                 'is_array', types.typelem <> 0 and types.typlen = -1,
                 'is_null', not (columns.attnotnull or types.typnotnull),
                 'is_generated', columns.attgenerated <> '' or columns.attidentity = 'a',
                 'has_default', columns.atthasdef or columns.attidentity <> ''
               ) order by columns.attname)
          from pg_catalog.pg_attribute as columns
          join pg_catalog.pg_type as types on types.oid = columns.atttypid
          left join pg_catalog.pg_type as enums
            on enums.oid = case when types.typelem <> 0 and types.typlen = -1 then types.typelem else types.oid end
           and enums.typtype = 'e'
          left join pg_catalog.pg_namespace as enum_schemas on enum_schemas.oid = enums.typnamespace
         where columns.attrelid = relations.oid and columns.attnum > 0 and not columns.attisdropped) as columns,
       (select jsonb_agg(jsonb_build_object(
                 'name', keys.conname,
                 'target', targets.relname,
                 'columns', (select jsonb_agg(attname order by place)
                               from unnest(keys.conkey) with ordinality as each (number, place)
                               join pg_catalog.pg_attribute on attrelid = keys.conrelid and attnum = number),
                 'target_columns', (select jsonb_agg(attname order by place)
                                      from unnest(keys.confkey) with ordinality as each (number, place)
                                      join pg_catalog.pg_attribute on attrelid = keys.confrelid and attnum = number),
                 'is_to_one', exists (select from pg_catalog.pg_index as indexes
                                       where indexes.indrelid = keys.conrelid and indexes.indisunique
                                         and indexes.indpred is null
                                         and keys.conkey @> indexes.indkey::int2[]
                                         and keys.conkey <@ indexes.indkey::int2[])
               ) order by keys.conname)
          from pg_catalog.pg_constraint as keys
          join pg_catalog.pg_class as targets
            on targets.oid = keys.confrelid and targets.relnamespace = relations.relnamespace
         where keys.conrelid = relations.oid and keys.contype = 'f') as keys
  from pg_catalog.pg_class as relations
  join pg_catalog.pg_namespace as schemas on schemas.oid = relations.relnamespace
 where relations.relkind in ('r', 'p', 'f', 'v', 'm')
   and not relations.relispartition
   and schemas.nspname = any (%(schemas)s)
 order by 1, 2;

-- name: enums
-- Enums with their words.
select schemas.nspname::text as schema, types.typname::text as name,
       (select jsonb_agg(enumlabel order by enumsortorder)
          from pg_catalog.pg_enum where enumtypid = types.oid) as words
  from pg_catalog.pg_type as types
  join pg_catalog.pg_namespace as schemas on schemas.oid = types.typnamespace
 where types.typtype = 'e'
   and schemas.nspname = any (%(schemas)s)
 order by 1, 2;
