-- What somebody wants to hear of, and where: what they said, over what it is for everybody.

-- `{"preferences": {"categories": {category: {"app", "push", "mail"}}, "quiet_hours", "muted_creators": [face]}}`.
create or replace function private.own_notice_preferences() returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
declare
  _actor  uuid := private.actor();
  _wishes private.notice_preferences;
begin
  select * into _wishes from private.notice_preferences where user_id = _actor;
  return jsonb_build_object('preferences', jsonb_build_object(
    'categories', (select jsonb_object_agg(category, private.category_wishes(_wishes.turned_on, _wishes.turned_off, category))
                     from unnest(private.notice_categories()) category),
    'quiet_hours', case when _wishes.quiet_from is not null then jsonb_build_object(
                     'starts', to_char(_wishes.quiet_from, 'HH24:MI'), 'ends', to_char(_wishes.quiet_until, 'HH24:MI'),
                     'time_zone', _wishes.quiet_zone) end,
    'muted_creators', private.faces_of(array(select creator_id from private.muted_creators where user_id = _actor))));
end $$;

create or replace function private.category_wishes(_turned_on text[], _turned_off text[], _category text) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select jsonb_object_agg(channel, private.wants_notice(_turned_on, _turned_off, _category, channel))
    from unnest(array['app', 'push', 'mail']) channel
$$;

-- Change what is named, all of it or nothing: `categories` as above, any of them; `quiet_hours`, null for none;
-- `muted_creators`, all of them by id. Answers as above.
create or replace function private.change_notice_preferences(_changes jsonb) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
begin
  if _changes #>> '{categories,security,mail}' = 'false' then
    perform private.refuse(422, 'unprocessable', 'Letters about the safety of your account are always sent.');
  end if;
  perform private.hold_accounts(_actor);
  insert into private.notice_preferences (user_id) values (_actor) on conflict (user_id) do nothing;
  perform private.turn_notices(_actor, coalesce(nullif(_changes -> 'categories', 'null'), '{}'));
  if _changes ? 'quiet_hours' then
    perform private.set_quiet_hours(_actor, _changes -> 'quiet_hours');
  end if;
  if jsonb_typeof(_changes -> 'muted_creators') = 'array' then
    perform private.mute_creators(_actor, array(select jsonb_array_elements_text(_changes -> 'muted_creators')::uuid));
  end if;
  return private.own_notice_preferences();
end $$;

create or replace function private.turn_notices(_user uuid, _categories jsonb) returns void
language sql security definer set search_path = '', pg_temp as $$
  with turned as (
    select category.key || '/' || channel.key as way, channel.value = 'true' as is_on
      from jsonb_each(_categories) category
     cross join lateral jsonb_each(case when jsonb_typeof(category.value) = 'object' then category.value else '{}' end) channel
     where jsonb_typeof(channel.value) = 'boolean'
  )
  update private.notice_preferences
     set turned_on  = array(select way from unnest(turned_on) way where way not in (select turned.way from turned)
                             union select turned.way from turned where turned.is_on),
         turned_off = array(select way from unnest(turned_off) way where way not in (select turned.way from turned)
                             union select turned.way from turned where not turned.is_on),
         updated_at = now()
   where user_id = _user
$$;

create or replace function private.set_quiet_hours(_user uuid, _hours jsonb) returns void
language plpgsql security definer set search_path = '', pg_temp as $$
begin
  if _hours ->> 'starts' = _hours ->> 'ends' then
    perform private.refuse(422, 'unprocessable', 'Quiet hours end at another time than they begin.');
  end if;
  perform private.refuse_time_zone(coalesce(_hours ->> 'time_zone', 'UTC'));
  update private.notice_preferences
     set quiet_from  = (_hours ->> 'starts')::time,
         quiet_until = (_hours ->> 'ends')::time,
         quiet_zone  = _hours ->> 'time_zone',
         updated_at  = now()
   where user_id = _user;
end $$;

-- Whoever is not there, or is no longer, is left out.
create or replace function private.mute_creators(_user uuid, _creators uuid[]) returns void
language sql security definer set search_path = '', pg_temp as $$
  delete from private.muted_creators where user_id = _user and creator_id <> all (_creators);
  insert into private.muted_creators (user_id, creator_id)
  select _user, faces.id from public.public_profiles faces where faces.id = any (_creators)
  on conflict do nothing
$$;

revoke execute on function
  private.own_notice_preferences(), private.category_wishes(text[], text[], text), private.change_notice_preferences(jsonb),
  private.turn_notices(uuid, jsonb), private.set_quiet_hours(uuid, jsonb), private.mute_creators(uuid, uuid[])
  from public;
grant execute on function
  private.own_notice_preferences(), private.category_wishes(text[], text[], text), private.change_notice_preferences(jsonb)
  to service_role;
