-- Gifts in a row: the same gift by one sender to one person in one session, each within five seconds of the last, is a combo.
-- It is counted here, so that every screen shows the same number, on the gift's row and on its line in the chat.

-- Count so many more of the sender's: the combo they belong to, named after its first gift, and how many it has by now.
-- Whoever calls this holds the sender's wallet, so that one sender's gifts are counted one after another.
create or replace function private.count_combo(
  _sender uuid, _session uuid, _gift uuid, _receiver uuid, _first uuid, _quantity bigint,
  out combo_id uuid, out combo_count bigint
)
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  window_of_combo constant interval := interval '5 seconds';
begin
  insert into private.gift_combos as running (sender_id, session_id, gift_id, receiver_id, first_gift_id, gifts, last_at)
  values (_sender, _session, _gift, _receiver, _first, _quantity, now())
  on conflict (sender_id, session_id, gift_id, receiver_id) do update
     set first_gift_id = case when running.last_at >= excluded.last_at - window_of_combo
                              then running.first_gift_id else excluded.first_gift_id end,
         gifts         = excluded.gifts + case when running.last_at >= excluded.last_at - window_of_combo
                                               then running.gifts else 0 end,
         last_at       = greatest(running.last_at, excluded.last_at)
  returning running.first_gift_id, running.gifts into combo_id, combo_count;
end $$;

-- Combos that are over; how many. What somebody goes on with at this moment is left.
create or replace function private.forget_combos() returns integer
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  combos_max constant integer := 10000;
  _forgotten integer;
begin
  delete from private.gift_combos
   where (sender_id, session_id, gift_id, receiver_id) in (
           select sender_id, session_id, gift_id, receiver_id
             from private.gift_combos
            where last_at < now() - interval '6 seconds'
            limit combos_max
              for update skip locked);
  get diagnostics _forgotten = row_count;
  return _forgotten;
end $$;

revoke execute on function
  private.count_combo(uuid, uuid, uuid, uuid, uuid, bigint), private.forget_combos()
  from public;
grant execute on function
  private.count_combo(uuid, uuid, uuid, uuid, uuid, bigint), private.forget_combos()
  to service_role;
