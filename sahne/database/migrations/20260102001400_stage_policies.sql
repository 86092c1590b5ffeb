-- What clients may see and write of the stage (rulings R7, S15, S16, L1–L7, L13, L16, L17): column grants, and one policy
-- per role and action. `service_role` passes by row-level security; the seed's policies for it are kept by name.

revoke all on public.live_sessions, public.live_participants, public.live_messages, public.live_gifts, public.calls,
              public.live_session_bans, public.live_guest_requests
  from anon, authenticated;
grant all on public.live_sessions, public.live_participants, public.live_messages, public.live_gifts, public.calls,
             public.live_session_bans, public.live_guest_requests
  to service_role;

-- live_sessions
grant select on public.live_sessions to anon, authenticated;
grant insert (creator_id, creator_profile_id, title, description, thumbnail_url, session_type, access_type,
              ppv_coin_price, scheduled_at, chat_enabled, gifts_enabled, recording_enabled),
      update (title, description, thumbnail_url, access_type, ppv_coin_price, scheduled_at, chat_enabled,
              gifts_enabled, recording_enabled)
   on public.live_sessions to authenticated;

create policy "Anyone can view live sessions" on public.live_sessions
  for select to anon, authenticated
  using (status in ('scheduled', 'live')
         or creator_id = (select auth.uid())
         or id in (select private.attended_session_ids()));
comment on policy "Anyone can view live sessions" on public.live_sessions is
  'Scheduled and live ones to all; others to their creator and to who was in them (L7).';

create policy "Creators can create own sessions" on public.live_sessions
  for insert to authenticated
  with check (creator_id = (select auth.uid()) and creator_profile_id in (select private.creator_profile_ids()));
comment on policy "Creators can create own sessions" on public.live_sessions is
  'The insert half of the seed''s "Creators can manage own sessions": creators only, as themselves (L4).';

create policy "Creators can manage own sessions" on public.live_sessions
  for update to authenticated
  using (creator_id = (select auth.uid()))
  with check (creator_id = (select auth.uid()));
comment on policy "Creators can manage own sessions" on public.live_sessions is
  'The update half; sessions are cancelled, never deleted by clients (L12).';

create policy "Service role full access on live_sessions" on public.live_sessions
  for all to service_role using (true) with check (true);

-- live_participants
grant select (id, session_id, profile_id, role, is_active, is_muted, is_video_enabled, invited_at,
              invitation_expires_at, invitation_response, livekit_identity, joined_at, left_at, created_at, updated_at,
              invited_role)
   on public.live_participants to authenticated;

-- `= any (array(…))` is what several indexes can answer together; `in (select …)` reads every row when nothing else narrows
create policy "Users can view own participation" on public.live_participants
  for select to authenticated
  using (user_id = (select auth.uid())
         or session_id = any (array(select private.moderated_session_ids()))
         or (is_active and session_id = any (array(select private.active_session_ids()))));
comment on policy "Users can view own participation" on public.live_participants is
  'Own row; all rows to host and moderators (the seed''s "Host can view session participants"); active rows to active '
  'co-participants (L16).';

create policy "Service role full access on live_participants" on public.live_participants
  for all to service_role using (true) with check (true);

-- live_messages
grant select (id, session_id, sender_profile_id, message_type, content, gift_id, gift_quantity, gift_coin_value,
              is_deleted, is_pinned, created_at, seq, deleted_at),
      insert (session_id, sender_id, sender_profile_id, content, message_type)
   on public.live_messages to authenticated;

-- `in (select …)` here: beside a client's `session_id = …` the array form makes the planner expect a line or two, gather
-- the whole room and sort it, where this one reads a page off the end of (session_id, seq)
create policy "Participants can view session messages" on public.live_messages
  for select to authenticated
  using (session_id in (select private.moderated_session_ids())
         or (not is_deleted and session_id in (select private.active_session_ids())));
comment on policy "Participants can view session messages" on public.live_messages is
  'Host and moderators always and all; others while active, without deleted lines (L7, L13).';

create policy "Users can send messages" on public.live_messages
  for insert to authenticated
  with check (sender_id = (select auth.uid())
              and message_type = 'text'
              and not is_pinned
              and (session_id, sender_profile_id) in (
                    select seats.session_id, seats.profile_id from private.open_seats() seats where seats.chat_enabled));
comment on policy "Users can send messages" on public.live_messages is
  'Text, by an active participant who is not banned, under the profile worn there, while chat is on (L1).';

create policy "Service role full access on live_messages" on public.live_messages
  for all to service_role using (true) with check (true);

-- live_gifts
grant select (id, session_id, receiver_id, gift_id, quantity, coin_amount, transaction_id, created_at,
              sender_profile_id)
   on public.live_gifts to authenticated;

-- An array for the same reason as in the policy of live_participants
create policy "Sender, receiver and host can view gifts" on public.live_gifts
  for select to authenticated
  using (sender_id = (select auth.uid())
         or receiver_id = (select auth.uid())
         or session_id = any (array(select private.hosted_session_ids())));
comment on policy "Sender, receiver and host can view gifts" on public.live_gifts is 'The seed has none (L6).';

-- calls
grant select on public.calls to authenticated;
grant insert (caller_id, callee_id, call_type), update (status) on public.calls to authenticated;

create policy "Users can view own calls" on public.calls
  for select to authenticated
  using (caller_id = (select auth.uid()) or callee_id = (select auth.uid()));

create policy "Users can initiate calls" on public.calls
  for insert to authenticated
  with check (caller_id = (select auth.uid()) and callee_id <> caller_id and (select private.is_named_user()));

create policy "Users can update own calls" on public.calls
  for update to authenticated
  using (caller_id = (select auth.uid()) or callee_id = (select auth.uid()))
  with check (caller_id = (select auth.uid()) or callee_id = (select auth.uid()));
comment on policy "Users can update own calls" on public.calls is
  'Status only, by the column grant; which step is whose is the trigger''s (L2).';

create policy "Service role full access on calls" on public.calls
  for all to service_role using (true) with check (true);

-- live_session_bans
grant select (id, session_id, reason, expires_at, created_at, banned_profile_id)
   on public.live_session_bans to authenticated;

create policy "Host, moderators and the banned can view bans" on public.live_session_bans
  for select to authenticated
  using (banned_user_id = (select auth.uid()) or session_id in (select private.moderated_session_ids()));
comment on policy "Host, moderators and the banned can view bans" on public.live_session_bans is
  'The seed has none (L6).';

-- live_guest_requests
grant select (id, session_id, requester_profile_id, status, message, responded_at, expires_at, created_at),
      insert (session_id, requester_id, requester_profile_id, message)
   on public.live_guest_requests to authenticated;

create policy "host_view_requests" on public.live_guest_requests
  for select to authenticated
  using (requester_id = (select auth.uid()) or session_id in (select private.hosted_session_ids()));
comment on policy "host_view_requests" on public.live_guest_requests is
  'The host and the requester (the seed''s "requester_view_own").';

create policy "create_request" on public.live_guest_requests
  for insert to authenticated
  with check (requester_id = (select auth.uid())
              and status = 'pending'
              and (session_id, requester_profile_id) in (
                    select seats.session_id, seats.profile_id
                      from private.open_seats() seats
                     where seats.role in ('viewer', 'listener')));
comment on policy "create_request" on public.live_guest_requests is
  'By an active viewer who is not banned, under the profile worn there; the trigger and a unique index keep it to one (L5).';

create policy "Service role full access on guest_requests" on public.live_guest_requests
  for all to service_role using (true) with check (true);
