-- Usernames: those that nobody may take, those that are not free yet, and how often one may change one's own.

-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid

alter table private.settings
  add column username_days_held integer not null default 90,
  add column username_changes_max integer not null default 3,
  add column shadows_max integer not null default 5,
  add constraint settings_username_days_held_check check (username_days_held between 0 and 3650),
  add constraint settings_username_changes_max_check check (username_changes_max between 0 and 1000),
  add constraint settings_shadows_max_check check (shadows_max between 0 and 1000);

-- Names of the house: no client takes one, however it is spelt (`private.folded_username`). The people who run the app add
-- and take away rows.
create table private.reserved_usernames (
  name text not null primary key,
  constraint reserved_usernames_name_check check (name ~ '^[a-z0-9_.]{2,30}$')
);
alter table private.reserved_usernames enable row level security;

insert into private.reserved_usernames (name)
values ('account'), ('accounts'), ('admin'), ('administrator'), ('api'), ('app'), ('apple'), ('auth'), ('billing'), ('blog'),
       ('bot'), ('calls'), ('contact'), ('creator'), ('creators'), ('deleted'), ('destek'), ('discover'), ('docs'),
       ('everyone'), ('feed'), ('google'), ('guest'), ('health'), ('help'), ('here'), ('home'), ('inbox'), ('info'), ('legal'),
       ('live'), ('login'), ('logout'), ('mail'), ('moderator'), ('moderators'), ('mods'), ('news'), ('nobody'),
       ('notifications'), ('null'), ('official'), ('openapi'), ('owner'), ('payments'), ('postmaster'), ('press'), ('privacy'),
       ('profile'), ('profiles'), ('resmi'), ('root'), ('sahne'), ('sahneadmin'), ('sahnedestek'), ('sahneofficial'),
       ('sahneresmi'), ('sahnesupport'), ('sahneteam'), ('search'), ('security'), ('service'), ('settings'), ('shop'),
       ('signin'), ('signup'), ('staff'), ('status'), ('store'), ('studio'), ('subscriptions'), ('support'), ('system'),
       ('team'), ('terms'), ('undefined'), ('user'), ('users'), ('verified'), ('wallet'), ('webmaster'), ('yardim'),
       ('yonetici')
on conflict do nothing;

-- Names that somebody had: by hash, since whoever is gone is not named anywhere. Whose it was may take it back at any time.
create table private.former_usernames (
  name_hash bytea       not null primary key,
  user_id   uuid,
  left_at   timestamptz not null default now(),
  constraint former_usernames_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint former_usernames_name_hash_check check (octet_length(name_hash) = 32)
);
alter table private.former_usernames enable row level security;
create index idx_former_usernames_user_id on private.former_usernames (user_id, left_at);
create index idx_former_usernames_left_at on private.former_usernames (left_at);

-- When somebody changed a name of theirs, for a month.
create table private.username_changes (
  id         bigint      generated always as identity primary key,
  user_id    uuid        not null,
  changed_at timestamptz not null default now(),
  constraint username_changes_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade
);
alter table private.username_changes enable row level security;
create index idx_username_changes_user_id on private.username_changes (user_id, changed_at);
