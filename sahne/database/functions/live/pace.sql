-- How often somebody does what others must bear: rings, asks, invites, plans, posts. One bucket for each act and what it is
-- about, which fills with time; what is refused is undone as a whole and costs nothing.

-- The acts: how many at once, and how many a minute.
create or replace function private.pace_of(_act text, out at_once integer, out per_minute integer)
language sql stable security definer set search_path = '', pg_temp as $$
  select case _act when 'line'          then settings.chat_lines_at_once
                   when 'call'          then 10  -- to whomever
                   when 'call_to'       then 3   -- to one person; one that is answered gives all of them back
                   when 'request'       then 3   -- to the host of one session
                   when 'invitation'    then 30  -- to whomever, in one session
                   when 'invitation_to' then 3   -- to one profile, in any
                   when 'plan'          then 60  -- a session
                   when 'move'          then 20  -- any plan to another time
                   when 'report'        then 10  -- of whatever
                   when 'follow'        then 60  -- anybody
                   when 'reminder'      then 60  -- of any session
         end,
         case _act when 'line'          then settings.chat_lines_per_minute
                   when 'call'          then 10
                   when 'call_to'       then 3
                   when 'request'       then 3
                   when 'invitation'    then 30
                   when 'invitation_to' then 3
                   when 'plan'          then 10
                   when 'move'          then 10
                   when 'report'        then 2
                   when 'follow'        then 30
                   when 'reminder'      then 30
         end
    from private.settings
$$;

-- Count one act of the actor's: null when its bucket had it, else the seconds until it will have. `_every_seconds` is how far
-- apart two are at least; their row is held, so that of many at once one is the first.
create or replace function private.haste_of(_act text, _about uuid, _every_seconds integer default 0) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor constant uuid := auth.uid();
  _bound record;
  _pace  private.paces;
  _first boolean;
  _since double precision;
begin
  select * into _bound from private.pace_of(_act);
  perform private.hold_accounts(_actor);
  insert into private.paces (user_id, act, about, acts_left, acted_at)
  values (_actor, _act, _about, _bound.at_once, statement_timestamp())
  on conflict (user_id, act, about) do nothing;
  _first := found;
  select * into _pace from private.paces where user_id = _actor and act = _act and about = _about for no key update;
  _since := greatest(0, extract(epoch from clock_timestamp() - _pace.acted_at));
  _pace.acts_left := least(_bound.at_once, _pace.acts_left + _since * _bound.per_minute / 60.0);
  if _pace.acts_left < 1 then
    return greatest(_every_seconds, ceil((1 - _pace.acts_left) * 60 / _bound.per_minute));
  elsif not _first and _since < _every_seconds then
    return ceil(_every_seconds - _since);
  end if;
  update private.paces set acts_left = _pace.acts_left - 1, acted_at = clock_timestamp()
   where user_id = _actor and act = _act and about = _about;
  return null;
end $$;

-- Whether the actor did so in this very statement already.
create or replace function private.acted_just_now(_act text, _about uuid) returns boolean
language sql volatile security definer set search_path = '', pg_temp as $$
  select exists (
    select from private.paces
     where user_id = auth.uid() and act = _act and about = _about and acted_at >= statement_timestamp())
$$;

-- What an act is about that is about nobody in particular.
create or replace function private.nobody() returns uuid
language sql immutable set search_path = '', pg_temp as $$
  select '00000000-0000-0000-0000-000000000000'::uuid
$$;

-- What somebody is told who is too fast.
create or replace function private.words_of_haste(_act text) returns text
language sql immutable set search_path = '', pg_temp as $$
  select case _act when 'line'          then 'Lines come faster than this chat takes them'
                   when 'call'          then 'You are calling too many people at once'
                   when 'call_to'       then 'You have called this person several times just now'
                   when 'request'       then 'You have asked to join several times just now'
                   when 'invitation'    then 'You are inviting too many people at once'
                   when 'invitation_to' then 'You have invited this person several times just now'
                   when 'plan'          then 'You are planning too many sessions at once'
                   when 'move'          then 'You are moving your plans too often'
                   when 'report'        then 'You have reported several things just now'
                   when 'follow'        then 'You are following too many people at once'
                   when 'reminder'      then 'You are asking for too many reminders at once'
         end
$$;

-- Count an act of an operation's, or refuse it.
create or replace function private.refuse_haste(_act text, _about uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seconds integer := private.haste_of(_act, _about);
begin
  if _seconds is not null then
    perform private.refuse(429, 'too_fast', private.words_of_haste(_act) || '.', 'Try again in ' || _seconds || ' s.',
      jsonb_build_object('retry_after_seconds', _seconds));
  end if;
end $$;

-- The same for a client's own statement.
create or replace function private.forbid_haste(_act text, _about uuid) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _seconds integer := private.haste_of(_act, _about);
begin
  if _seconds is not null then
    perform private.forbid(private.words_of_haste(_act), 'Try again in ' || _seconds || ' s.');
  end if;
end $$;

-- Buckets that are long full again; how many. Called by the server on its clock.
create or replace function private.forget_paces(_hours integer default 24) returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _forgotten integer;
begin
  delete from private.paces
   where (user_id, act, about) in (
           select user_id, act, about
             from private.paces
            where acted_at < now() - _hours * interval '1 hour'
              for update skip locked);
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.pace_of(text), private.haste_of(text, uuid, integer), private.acted_just_now(text, uuid), private.nobody(),
  private.words_of_haste(text), private.refuse_haste(text, uuid), private.forbid_haste(text, uuid),
  private.forget_paces(integer)
  from public;
grant execute on function
  private.pace_of(text), private.haste_of(text, uuid, integer), private.acted_just_now(text, uuid), private.nobody(),
  private.words_of_haste(text), private.refuse_haste(text, uuid), private.forbid_haste(text, uuid),
  private.forget_paces(integer)
  to service_role;
