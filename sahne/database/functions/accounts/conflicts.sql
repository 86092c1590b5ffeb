-- Two accounts that met: what somebody wants for one, another has. Nothing becomes one by itself: who wants it is refused, and an
-- admin sees both, with what each holds, and decides by hand.

-- Note it, once for each two as long as it is not settled.
create or replace function private.note_account_conflict(_kind text, _provider text, _wanted_by uuid, _held_by uuid) returns void
language sql security definer set search_path = '', pg_temp as $$
  insert into private.account_conflicts as noted (kind, provider, wanted_by, held_by)
  select _kind, _provider, _wanted_by, _held_by
   where _wanted_by is distinct from _held_by
  on conflict (kind, provider, held_by, wanted_by) where settled_at is null do update
     set times = noted.times + 1, last_at = now()
$$;

-- `{"conflicts": [row with both accounts, …]}`, the oldest first; admins alone.
create or replace function private.read_account_conflicts(_is_open boolean, _after bigint, _limit integer) returns jsonb
language plpgsql stable security definer set search_path = '', pg_temp as $$
begin
  perform private.refuse_unless_admin();
  return (
    select jsonb_build_object('conflicts', coalesce(
             jsonb_agg(private.account_conflict_of(page) order by page.number), '[]'))
      from (select noted.* from private.account_conflicts noted
             where (noted.settled_at is null) = _is_open and noted.number > coalesce(_after, 0)
             order by noted.number
             limit _limit) page);
end $$;

-- An admin has decided what becomes of it, once, and says what.
create or replace function private.settle_account_conflict(_conflict uuid, _note text) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.account_conflicts;
begin
  perform private.refuse_unless_admin();
  select * into _row from private.account_conflicts where id = _conflict for no key update;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such conflict.');
  elsif _row.settled_at is not null then
    perform private.refuse(409, 'conflict_settled', 'The conflict is settled.');
  end if;
  update private.account_conflicts
     set settled_at = now(), settled_by = private.actor(), note = _note
   where id = _conflict
  returning * into _row;
  return jsonb_build_object('conflict', private.account_conflict_of(_row));
end $$;

create or replace function private.account_conflict_of(_row private.account_conflicts) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',         _row.id,
           'number',     _row.number,
           'kind',       _row.kind,
           'provider',   nullif(_row.provider, ''),
           'times',      _row.times,
           'created_at', _row.created_at,
           'last_at',    _row.last_at,
           'settled_at', _row.settled_at,
           'note',       _row.note,
           'wanted_by',  case when _row.wanted_by is not null then private.account_holdings(_row.wanted_by) end,
           'held_by',    private.account_holdings(_row.held_by))
$$;

-- Somebody as admins see them, and what would be lost with the account: coins, earnings on their way, what is subscribed on
-- either side, pictures and sessions; of shadows only how many (ruling L17).
create or replace function private.account_holdings(_user uuid) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select private.user_row(_user) || jsonb_build_object(
           'balance',       private.coin_balance(_user),
           'in_escrow',     (select coalesce(sum(periods.coin_price - periods.given_back), 0)
                               from private.subscription_periods periods
                               join public.wallets on wallets.id = periods.payee_wallet_id
                              where wallets.user_id = _user and periods.status = 'paid'),
           'subscriptions', (select count(*) from public.creator_subscriptions
                              where subscriber_id = _user and status = 'active'),
           'subscribers',   (select count(*) from public.creator_subscriptions
                              where creator_id = _user and status = 'active'),
           'live_sessions', (select count(*) from public.live_sessions where creator_id = _user),
           'pictures',      (select count(*) from public.generated_images where user_id = _user),
           'shadows',       (select count(*) from public.profiles where user_id = _user and type = 'shadow'))
$$;

revoke execute on function
  private.note_account_conflict(text, text, uuid, uuid), private.read_account_conflicts(boolean, bigint, integer),
  private.settle_account_conflict(uuid, text), private.account_conflict_of(private.account_conflicts), private.account_holdings(uuid)
  from public;
grant execute on function private.note_account_conflict(text, text, uuid, uuid) to supabase_auth_admin;
grant execute on function
  private.read_account_conflicts(boolean, bigint, integer), private.settle_account_conflict(uuid, text)
  to service_role;
