-- The stream of changes: its slots and publications.

-- name: slots
-- Every replication slot, whose it is, and how much of the log is kept for it.
select slot.slot_name::text as slot,
       slot.database::text as database,
       slot.database is not distinct from current_database() as is_ours,
       slot.active,
       slot.temporary,
       slot.wal_status,
       coalesce(to_jsonb(slot) ->> 'invalidation_reason', 'its log is gone') as invalid_because,
       slot.wal_status = 'lost' or to_jsonb(slot) ->> 'invalidation_reason' is not null as is_invalid,
       (pg_wal_lsn_diff(
         case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, slot.restart_lsn
       ))::bigint as kept_bytes
  from pg_catalog.pg_replication_slots as slot
 order by kept_bytes desc nulls last, slot;

-- name: publications
-- Of these publications, which are there, whose they are, whether we may change them, and what they leave out.
select wanted as name,
       publication.oid is not null as is_there,
       pg_get_userbyid(publication.pubowner)::text as owner,
       coalesce(pg_has_role(publication.pubowner, 'usage'), false) as is_ours,
       publication.pubinsert and publication.pubupdate and publication.pubdelete as is_whole
  from unnest(%(names)s::text[]) as wanted
  left join pg_catalog.pg_publication as publication on publication.pubname = wanted
 order by wanted;

-- name: unpublished
-- Tables of ours that an app listens to and that the publication does not have; those that are yet to be made aside.
select wanted as table
  from unnest(%(tables)s::text[]) as wanted
 where exists (select from pg_catalog.pg_tables where schemaname || '.' || tablename = wanted)
   and not exists (
         select from pg_catalog.pg_publication_tables
          where pubname = %(publication)s and schemaname || '.' || tablename = wanted
       )
 order by wanted;
