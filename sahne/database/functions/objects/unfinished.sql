-- How many uploads somebody may have begun and not ended, and of how many bytes together: what they announced is counted, not
-- what has come of it, so that nobody reserves more of the disk than they may fill. By S3 nothing is announced, and what comes
-- is counted.

-- What counts of a holder's uploads. Two at once must not pass a bound together: they come one after the other.
create or replace function private.unfinished_bytes(_holder text) returns bigint
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('unfinished ' || _holder, 54321));
  return (
    select coalesce(sum(coalesce(uploads.bytes, parts.bytes)), 0)
      from private.unfinished_uploads as uploads
     cross join lateral (
           select sum(upload_parts.bytes) as bytes from private.upload_parts where upload_parts.upload_id = uploads.id
           ) as parts
     where uploads.holder = _holder and uploads.ended_at is null and uploads.expires_at > now()
  );
end $$;

create or replace function private.refuse_unfinished() returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _bound private.settings := private.settings();
begin
  perform private.refuse(413, 'QuotaExceeded', 'Too much is uploading already',
    format('At most %s uploads of %s bytes together may be unfinished: end or cancel some first.',
           _bound.unfinished_uploads_max, _bound.unfinished_bytes_max));
end $$;

create or replace function private.check_unfinished_uploads() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _bytes bigint;
  _bound private.settings := private.settings();
begin
  if new.holder = 'service_role' then
    return new;
  end if;
  _bytes := private.unfinished_bytes(new.holder) + coalesce(new.bytes, 0);
  if _bytes > _bound.unfinished_bytes_max
     or _bound.unfinished_uploads_max <= (
       select count(*)
         from private.unfinished_uploads
        where holder = new.holder and ended_at is null and expires_at > now()) then
    perform private.refuse_unfinished();
  end if;
  return new;
end $$;

create or replace function private.check_upload_parts() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _upload private.unfinished_uploads;
  _bound  private.settings := private.settings();
begin
  select * into _upload from private.unfinished_uploads where id = new.upload_id;
  if _upload.bytes is null and _upload.holder <> 'service_role'
     and private.unfinished_bytes(_upload.holder) + new.bytes > _bound.unfinished_bytes_max then
    perform private.refuse_unfinished();
  end if;
  return new;
end $$;

revoke execute on function
  private.unfinished_bytes(text), private.refuse_unfinished(), private.check_unfinished_uploads(), private.check_upload_parts()
  from public;
