-- The functions of kinds of notices as they were first: today's text is in sahne/database/functions/notices.

set local check_function_bodies = off;

-- What there is to be told of: what each code is about, how it is kept together, and how it travels.

-- `keeps` it stands in one's list. `grouped` is `none`, `once` (not told again) or `grows` (one row, counted until it is
-- read); `about` are the details that tell one group from another. `quiet` is what quiet hours do to a push: it goes all the
-- same (`pass`), waits for their end (`hold`) or is left out (`drop`). After `lasts` nobody wants it any more. `mails` it is
-- worth a letter; `spreads` it is also told to all who follow.
create or replace function private.notice_kinds() returns table (
  code text, category text, keeps boolean, grouped text, about text[], quiet text, lasts interval, mails boolean, spreads boolean
)
language sql immutable parallel safe set search_path = '', pg_temp as $$
  values
    ('call_rings',             'calls',         false, 'none',  '{call_id}'::text[],        'pass', interval '45 seconds', false, false),
    ('call_missed',            'calls',         true,  'grows', '{caller_id}',              'pass', interval '1 day',      false, false),
    ('gift_received',          'gifts',         true,  'grows', '{session_id}',             'hold', interval '1 day',      false, false),
    ('follower_gained',        'followers',     true,  'grows', '{}',                       'hold', interval '1 day',      false, false),
    ('subscribed',             'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     false, false),
    ('subscription_renewed',   'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     false, false),
    ('subscription_unpaid',    'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('subscription_renews',    'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('subscription_ended',     'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('premium_began',          'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     false, false),
    ('premium_ended',          'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('premium_payment_failed', 'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('coins_bought',           'subscriptions', true,  'none',  '{}',                       'hold', interval '1 day',      false, false),
    ('coins_taken_back',       'subscriptions', true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('session_planned',        'live',          true,  'once',  '{session_id,scheduled_at}', 'hold', interval '1 day',     false, true),
    ('session_moved',          'live',          true,  'once',  '{session_id,scheduled_at}', 'hold', interval '1 day',     false, true),
    ('session_called_off',     'live',          true,  'once',  '{session_id}',             'hold', interval '1 day',      false, true),
    ('session_live',           'live',          true,  'once',  '{session_id}',             'drop', interval '1 hour',     false, true),
    ('invitation',             'live',          true,  'none',  '{}',                       'drop', interval '10 minutes', false, false),
    ('request_approved',       'live',          true,  'none',  '{}',                       'drop', interval '10 minutes', false, false),
    ('session_tomorrow',       'reminders',     true,  'none',  '{}',                       'hold', interval '12 hours',   false, false),
    ('session_soon',           'reminders',     true,  'none',  '{}',                       'drop', interval '15 minutes', false, false),
    ('picture_ready',          'pictures',      true,  'grows', '{}',                       'hold', interval '1 day',      false, false),
    ('picture_refused',        'pictures',      true,  'grows', '{}',                       'hold', interval '1 day',      false, false),
    ('picture_failed',         'pictures',      true,  'grows', '{}',                       'hold', interval '1 day',      false, false),
    ('report_reviewing',       'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     false, false),
    ('report_resolved',        'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('report_dismissed',       'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('banned',                 'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     false, false),
    ('account_suspended',      'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('suspension_lifted',      'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('creator_approved',       'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('creator_refused',        'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('webhook_stopped',        'moderation',    true,  'none',  '{}',                       'hold', interval '3 days',     true,  false),
    ('account_kept',           'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('new_device',             'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('password_changed',       'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('address_changed',        'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('factor_added',           'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('factor_removed',         'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('passkey_added',          'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false),
    ('passkey_removed',        'security',      true,  'none',  '{}',                       'pass', interval '1 day',      true,  false)
$$;

-- One of them; a code that is not among them stands in its reader's list and goes nowhere else.
create or replace function private.notice_kind(_code text) returns table (
  code text, category text, keeps boolean, grouped text, about text[], quiet text, lasts interval, mails boolean, spreads boolean
)
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select kinds.* from private.notice_kinds() kinds where kinds.code = _code
   union all
  select _code, null, true, 'none', '{}', 'hold', interval '1 day', false, false
   where not exists (select from private.notice_kinds() kinds where kinds.code = _code)
$$;

-- What the notices of one group have in common.
create or replace function private.notice_group(_code text, _about text[], _details jsonb) returns text
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select left(_code || coalesce((select string_agg(':' || coalesce(_details ->> detail.name, ''), '' order by detail.place)
                                   from unnest(_about) with ordinality detail (name, place)), ''), 200)
$$;

-- What somebody can be told of.
create or replace function private.notice_categories() returns text[]
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select array['calls', 'gifts', 'followers', 'subscriptions', 'live', 'reminders', 'pictures', 'moderation', 'security']
$$;

-- Whether it reaches somebody in a way (`app`, `push`, `mail`), as they said or as it is for everybody: in the app and on
-- their devices all of it, by mail what is about their account. Letters about their account's safety are always written.
create or replace function private.wants_notice(_turned_on text[], _turned_off text[], _category text, _channel text) returns boolean
language sql immutable parallel safe set search_path = '', pg_temp as $$
  select case
    when _category is null then _channel = 'app'
    when _category = 'security' and _channel = 'mail' then true
    when _category || '/' || _channel = any (_turned_on) then true
    when _category || '/' || _channel = any (_turned_off) then false
    else _channel <> 'mail' or _category in ('security', 'moderation', 'subscriptions')
  end
$$;

-- When quiet hours that a moment lies in are over; null when it lies in none. From and until are a clock's on the wall in a
-- zone: a night in which it is put forward or back is an hour shorter or longer.
create or replace function private.quiet_end(_from time, _until time, _zone text, _at timestamptz) returns timestamptz
language sql stable parallel safe set search_path = '', pg_temp as $$
  select max(nights.ends_at)
    from (select (evenings.day + _from) at time zone _zone as begins_at,
                 (evenings.day + _until + case when _until < _from then interval '1 day' else interval '0' end) at time zone _zone
                   as ends_at
            from (select (_at at time zone _zone)::date - back as day from generate_series(0, 1) back) evenings) nights
   where _at >= nights.begins_at and _at < nights.ends_at
$$;

revoke execute on function
  private.notice_kinds(), private.notice_kind(text), private.notice_group(text, text[], jsonb), private.notice_categories(),
  private.wants_notice(text[], text[], text, text), private.quiet_end(time, time, text, timestamptz)
  from public;
grant execute on function
  private.notice_kinds(), private.notice_kind(text), private.notice_group(text, text[], jsonb), private.notice_categories(),
  private.wants_notice(text[], text[], text, text), private.quiet_end(time, time, text, timestamptz)
  to service_role;
