-- Order in the house: whom people block, who is silenced in a chat, which words no chat takes, what was reported, and the log
-- of who did what. No client reaches these tables; what somebody may know of them, operations tell.

-- Who wants to have nothing to do with whom. A block is of a face: whoever is behind a shadow that was blocked is written
-- nowhere, so that nobody finds out by blocking (ruling L17). A real profile's id is its user's.
create table private.blocks (
  blocker_id         uuid        not null,
  blocked_profile_id uuid        not null,
  created_at         timestamptz not null default now(),
  constraint blocks_pkey primary key (blocker_id, blocked_profile_id),
  constraint blocks_blocker_id_fkey foreign key (blocker_id) references auth.users (id) on delete cascade,
  constraint blocks_blocked_profile_id_fkey
    foreign key (blocked_profile_id) references public.profiles (id) on delete cascade,
  constraint blocks_not_self_check check (blocker_id <> blocked_profile_id)
);
alter table private.blocks enable row level security;
create index idx_blocks_blocked_profile_id on private.blocks (blocked_profile_id);

-- Who writes nothing in a session's chat for a while. It goes with the seat.
create table private.chat_timeouts (
  participant_id uuid        not null primary key references public.live_participants (id) on delete cascade,
  ends_at        timestamptz not null,
  reason         text,
  constraint chat_timeouts_reason_length_check check (char_length(reason) <= 500)
);
alter table private.chat_timeouts enable row level security;

-- The words that a creator's chats do not take; of nobody are the house's, which hold in every chat. What is compared with a
-- line is kept beside them: letters that repeat are one in `whole_words` and `word_parts`, and counted in the patterns.
create table private.blocked_words (
  id            uuid   not null default gen_random_uuid() primary key,
  creator_id    uuid   references auth.users (id) on delete cascade,
  words         text[] not null,
  whole_words   text[] not null,
  word_parts    text[] not null,
  whole_pattern text,
  part_pattern  text,
  constraint blocked_words_one_list_unique unique nulls not distinct (creator_id),
  constraint blocked_words_count_check check (cardinality(words) <= 500)
);
alter table private.blocked_words enable row level security;

-- Who did what in the house, to whom, when and why. Rows are added in the transaction of the act and never changed.
-- `actor_profile_id` null is the server itself, or somebody who is gone; `creator_id` says whose house it is where an act is
-- of all of their sessions.
create table private.moderation_log (
  id                 bigint      generated always as identity primary key,
  session_id         uuid        references public.live_sessions (id) on delete cascade,
  creator_id         uuid        references auth.users (id) on delete cascade,
  actor_profile_id   uuid        references public.profiles (id) on delete set null,
  subject_profile_id uuid        references public.profiles (id) on delete set null,
  act                text        not null,
  reason             text,
  details            jsonb       not null default '{}',
  created_at         timestamptz not null default now(),
  constraint moderation_log_house_check check (num_nonnulls(session_id, creator_id) = 1),
  constraint moderation_log_act_check check (act in (
    'ban', 'lift_ban', 'ban_from_all', 'lift_ban_from_all', 'kick', 'mute', 'unmute', 'timeout', 'lift_timeout', 'role',
    'delete_message', 'pin', 'unpin', 'chat', 'blocked_words'))
);
alter table private.moderation_log enable row level security;
create index idx_moderation_log_session_id on private.moderation_log (session_id, id) where session_id is not null;
create index idx_moderation_log_creator_id on private.moderation_log (creator_id, id) where creator_id is not null;
create index idx_moderation_log_actor_profile_id
  on private.moderation_log (actor_profile_id) where actor_profile_id is not null;
create index idx_moderation_log_subject_profile_id
  on private.moderation_log (subject_profile_id) where subject_profile_id is not null;

-- What somebody found wrong, and what became of it. `subject_id` names what `kind` says, `profile_id` whose it is: when that
-- face goes, so does the report of it. `evidence` is what there was to see at that moment, since lines are deleted and names
-- changed. `number` orders the queue.
create table private.reports (
  id          uuid        not null default gen_random_uuid() primary key,
  number      bigint      generated always as identity,
  reporter_id uuid        references auth.users (id) on delete set null,
  kind        text        not null,
  subject_id  uuid        not null,
  profile_id  uuid        not null references public.profiles (id) on delete cascade,
  session_id  uuid        references public.live_sessions (id) on delete set null,
  reason      text        not null,
  note        text,
  evidence    jsonb       not null default '{}',
  status      text        not null default 'open',
  outcome     text,
  handled_by  uuid        references auth.users (id) on delete set null,
  created_at  timestamptz not null default now(),
  handled_at  timestamptz,
  constraint reports_once_unique unique (reporter_id, kind, subject_id),
  constraint reports_kind_check check (kind in ('profile', 'message', 'session', 'image')),
  constraint reports_reason_check
    check (reason in ('spam', 'harassment', 'hate', 'sexual', 'violence', 'minor', 'impersonation', 'fraud', 'other')),
  constraint reports_status_check check (status in ('open', 'reviewing', 'resolved', 'dismissed')),
  constraint reports_note_length_check check (char_length(note) <= 1000),
  constraint reports_outcome_length_check check (char_length(outcome) <= 1000)
);
alter table private.reports enable row level security;
create index idx_reports_queue on private.reports (status, number);
create index idx_reports_profile_id on private.reports (profile_id);
create index idx_reports_session_id on private.reports (session_id) where session_id is not null;
create index idx_reports_handled_by on private.reports (handled_by) where handled_by is not null;
