-- What realtime tells of. REPLICA IDENTITY FULL is kept as the seed has it (ruling L19); what a subscriber receives of an
-- old row is the realtime door's affair.

-- pictures and progress reach their owner as they come
alter publication supabase_realtime add table public.generated_images, public.generations;

alter publication supabase_realtime add table public.live_sessions;
alter publication supabase_realtime add table public.live_participants;
alter publication supabase_realtime add table public.live_messages;
alter publication supabase_realtime add table public.calls;
alter publication supabase_realtime add table public.live_guest_requests;
alter publication supabase_realtime add table public.notifications;

-- goals fill before everybody's eyes
alter publication supabase_realtime add table public.live_goals;

alter table public.live_sessions replica identity full;
alter table public.live_participants replica identity full;
alter table public.live_messages replica identity full;
alter table public.calls replica identity full;
alter table public.live_guest_requests replica identity full;
alter table public.notifications replica identity full;
