-- The functions of unfinished uploads as they were first: today's text is in sahne/database/functions/objects.

set local check_function_bodies = off;

-- How many uploads somebody may have begun and not ended, and of how many bytes together: what they announced is counted, not
-- what has come of it, so that nobody reserves more of the disk than they may fill. By S3 nothing is announced, and what comes
-- is counted.

-- Refuses more uploads and bytes than a holder may have under way. Two at once must not pass a bound together: they come one after
-- the other. All who are nobody are one holder, and one address may take a quarter of what they may, so that it keeps no others out.
create or replace function private.bound_unfinished(_holder text, _address text, _uploads integer, _bytes bigint) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _bound private.settings := private.settings();
  _has   record;
begin
  if _holder = 'service_role' then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('unfinished ' || _holder, 54321));
  select count(*)                                                             as uploads,
         coalesce(sum(sizes.bytes), 0)                                        as bytes,
         count(*) filter (where uploads.address = _address)                   as uploads_here,
         coalesce(sum(sizes.bytes) filter (where uploads.address = _address), 0) as bytes_here
    into _has
    from private.unfinished_uploads as uploads
   cross join lateral (
         select coalesce(uploads.bytes, sum(upload_parts.bytes)) as bytes
           from private.upload_parts
          where upload_parts.upload_id = uploads.id
         ) as sizes
   where uploads.holder = _holder and uploads.ended_at is null and uploads.expires_at > now();
  if _has.uploads + _uploads > _bound.unfinished_uploads_max
     or _has.bytes + _bytes > _bound.unfinished_bytes_max
     or _address is not null and (
        _has.uploads_here + _uploads > greatest(_bound.unfinished_uploads_max / 4, 1)
        or _has.bytes_here + _bytes > _bound.unfinished_bytes_max / 4) then
    perform private.refuse_unfinished();
  end if;
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
begin
  perform private.bound_unfinished(new.holder, new.address, 1, coalesce(new.bytes, 0));
  return new;
end $$;

create or replace function private.check_upload_parts() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _upload private.unfinished_uploads;
begin
  select * into _upload from private.unfinished_uploads where id = new.upload_id;
  if _upload.bytes is null then
    perform private.bound_unfinished(_upload.holder, _upload.address, 0, new.bytes);
  end if;
  return new;
end $$;

revoke execute on function
  private.bound_unfinished(text, text, integer, bigint), private.refuse_unfinished(), private.check_unfinished_uploads(), private.check_upload_parts()
  from public;
