-- A schema for what no client may reach, and in it the product's settings: one typed row, so that triggers and
-- policies read the same value as the operations.

create schema if not exists private;

create table private.settings (
  only_row                          boolean     not null default true primary key,
  quota_time_zone                   text        not null default 'UTC',
  daily_limit_free                  integer     not null default 10,
  images_per_generation_max         integer     not null default 4,
  failed_images_max                 integer     not null default 50,
  photo_hours_kept                  integer              default 24,
  photo_consent_version             text,
  gift_commission_percent           integer     not null default 20,
  ticket_refund_minutes             integer     not null default 5,
  no_show_hours                     integer     not null default 24,
  stage_guests_max                  integer     not null default 8,
  chat_lines_at_once                integer     not null default 20,
  chat_lines_per_minute             integer     not null default 60,
  premium_entitlements              text[]      not null default '{premium}',
  sandbox_purchases_count           boolean     not null default false,
  owned_objects_max                 integer     not null default 10000,
  owned_bytes_max                   bigint      not null default 2147483648,
  analytics_retention_months        integer     not null default 13,
  analytics_partitions_ahead_months integer     not null default 4,
  updated_at                        timestamptz not null default now(),
  constraint settings_one_row_check check (only_row),
  -- an unknown zone raises here instead of in every reader
  constraint settings_quota_time_zone_check check ((now() at time zone quota_time_zone) is not null),
  constraint settings_daily_limit_free_check check (daily_limit_free between 0 and 1000000),
  constraint settings_images_per_generation_max_check check (images_per_generation_max between 1 and 16),
  constraint settings_failed_images_max_check check (failed_images_max between 1 and 1000000),
  constraint settings_photo_hours_kept_check check (photo_hours_kept between 1 and 87600),
  constraint settings_photo_consent_version_check check (char_length(photo_consent_version) between 1 and 64),
  constraint settings_gift_commission_percent_check check (gift_commission_percent between 0 and 100),
  constraint settings_ticket_refund_minutes_check check (ticket_refund_minutes between 0 and 1440),
  constraint settings_no_show_hours_check check (no_show_hours between 1 and 8760),
  constraint settings_stage_guests_max_check check (stage_guests_max between 1 and 50),
  constraint settings_chat_lines_at_once_check check (chat_lines_at_once between 1 and 10000),
  constraint settings_chat_lines_per_minute_check check (chat_lines_per_minute between 1 and 60000),
  constraint settings_premium_entitlements_check
    check (cardinality(premium_entitlements) <= 20 and array_position(premium_entitlements, null) is null),
  constraint settings_owned_objects_max_check check (owned_objects_max between 0 and 1000000000),
  constraint settings_owned_bytes_max_check check (owned_bytes_max between 0 and 1000000000000000),
  constraint settings_analytics_retention_months_check check (analytics_retention_months between 1 and 1200),
  constraint settings_analytics_partitions_ahead_months_check check (analytics_partitions_ahead_months between 1 and 24)
);
alter table private.settings enable row level security;

insert into private.settings default values;
