-- How many uploads somebody may have begun and not ended, and of how many bytes together: what they announced is counted, not
-- what has come of it, so that nobody reserves more of the disk than they may fill.

create or replace function private.check_unfinished_uploads() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _begun bigint;
  _bytes bigint;
  _bound private.settings := private.settings();
begin
  if new.holder = 'service_role' then
    return new;
  end if;
  -- two at once must not pass the bound together
  perform pg_advisory_xact_lock(hashtextextended('unfinished ' || new.holder, 54321));
  select count(*), coalesce(sum(bytes), 0) into _begun, _bytes
    from private.unfinished_uploads
   where holder = new.holder and ended_at is null and expires_at > now();
  if _begun >= _bound.unfinished_uploads_max or _bytes + coalesce(new.bytes, 0) > _bound.unfinished_bytes_max then
    perform private.refuse(413, 'QuotaExceeded', 'Too much is uploading already',
      format('At most %s uploads of %s bytes together may be unfinished: end or cancel some first.',
             _bound.unfinished_uploads_max, _bound.unfinished_bytes_max));
  end if;
  return new;
end $$;

revoke execute on function private.check_unfinished_uploads() from public;
