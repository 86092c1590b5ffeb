-- The life of a generation: who may ask for one, and which state follows which.

-- Who may ask, and with which photo: their own object of the bucket photos (ruling R1).
create or replace function private.check_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  perform private.forbid_for(private.standing(new.user_id), 'A user', 'make pictures');
  if new.photo_path is not null and not exists (
    select from storage.objects
     where objects.bucket_id = 'photos'
       and objects.name = new.photo_path
       and (storage.foldername(objects.name))[1] = new.user_id::text
  ) then
    raise exception 'The photo is not one you uploaded.'
      using errcode = '42501', hint = 'Upload to photos/<your user id>/… and send that name as photo_path.';
  end if;
  if new.photo_path is not null then
    perform private.refuse_without_consent(new.user_id);
  end if;
  perform private.refuse_unsafe(new.prompt, new.photo_path);
  return new;
end $$;

-- The states only move forward; a queue's retry starts over from `queued`, an end is final.
create or replace function private.advance_generation() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _ends constant text[] := array['done', 'failed', 'moderated', 'canceled', 'expired'];
begin
  if old.status = any (_ends) then
    raise exception 'The generation has ended as %.', old.status using errcode = '55000';
  end if;
  if not (
    new.status = any (array['failed', 'moderated', 'canceled', 'expired'])
    or (old.status, new.status) in (
      ('queued', 'submitting'), ('submitting', 'running'), ('submitting', 'storing'), ('running', 'storing'),
      ('storing', 'done'), ('submitting', 'queued'), ('running', 'queued'), ('storing', 'queued')
    )
  ) then
    raise exception 'A generation cannot go from % to %.', old.status, new.status using errcode = '55000';
  end if;
  if new.status = 'submitting' then
    new.started_at := coalesce(new.started_at, now());
  end if;
  if new.status = any (_ends) then
    new.finished_at := now();
    new.progress := case when new.status = 'done' then 100 else new.progress end;
    perform private.settle_quota(
      new.id, (select arrived from private.quota_reservations where generation_id = new.id)
    );
  end if;
  return new;
end $$;

revoke execute on function private.check_generation(), private.advance_generation() from public;
