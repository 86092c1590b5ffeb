-- The functions of marks in the chat as they were first: today's text is in sahne/database/functions/live.

set local check_function_bodies = off;

-- The mark of a creator's subscribers beside what they say in the chat: put on when the line is, so that nobody asks for each.

-- The tier by which the sender is subscribed to the host, by its name of that moment; null without one. Not for what a shadow
-- says, whoever is behind it: what it wears would be its owner's.
create or replace function private.mark_subscriber() returns trigger
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  new.sender_tier := (
    select tiers.name
      from public.live_sessions sessions
      join public.subscription_tiers tiers on tiers.id = private.subscriber_tier(new.sender_id, sessions.creator_id)
     where sessions.id = new.session_id);
  return new;
end $$;

revoke execute on function private.mark_subscriber() from public;
