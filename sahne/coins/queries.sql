-- The ledger's verbs and readings. Everything that moves coins is a function of schema `private`.

-- name: read_balance
-- The user's balance in coins, with the credits that are not folded yet.
select private.coin_balance(%(user_id)s) as balance;

-- name: grant_coins
-- Coins from the issuer, once per key.
select private.grant_coins(%(user_id)s, %(amount)s, %(key)s) as answer;

-- name: list_transactions
-- A user's statement, newest first: what each transaction did to their wallet. The page is cut before it is joined, so
-- that a busy creator's takes no longer than a new one's.
select page.id                     as entry_id,
       transactions.id             as id,
       transactions.kind           as kind,
       page.amount                 as amount,
       transactions.reference_type as reference_type,
       transactions.reference_id   as reference_id,
       transactions.created_at     as created_at
  from (
         select entries.id, entries.amount, entries.transaction_id
           from public.coin_entries entries
          where entries.wallet_id = (select wallets.id from public.wallets where wallets.user_id = %(user_id)s)
            and (%(before)s::bigint is null or entries.id < %(before)s)
          order by entries.id desc
          limit %(limit)s
       ) page
  join public.coin_transactions transactions on transactions.id = page.transaction_id
 order by page.id desc;

-- name: read_earnings
-- What a creator was credited since a moment, by kind: net coins and how many transactions.
select transactions.kind             as kind,
       sum(entries.amount)::bigint   as coins,
       count(*)                      as transactions
  from public.wallets
  join public.coin_entries entries on entries.wallet_id = wallets.id
  join public.coin_transactions transactions on transactions.id = entries.transaction_id
 where wallets.user_id = %(user_id)s
   and transactions.kind in ('gift', 'ticket_payout', 'subscription', 'call_payout')
   and entries.amount > 0
   and transactions.created_at >= %(since)s
 group by transactions.kind
 order by transactions.kind;

-- name: subscribe
-- Pay for a period of a creator's tier, once per key.
select private.subscribe(%(tier_id)s, %(key)s, %(expected_price)s) as answer;

-- name: fold_coins
-- Pending credits become balances.
select private.fold_coins(%(wallets_max)s) as folded;

-- name: find_faults
-- What is wrong with which wallets: nothing, or money is broken.
select wallet_id, reason, balance, entries_sum from private.ledger_faults();

-- name: note_check
-- The ledger was checked; what a month ago was found is forgotten.
with forgotten as (
  delete from private.ledger_checks where checked_at < now() - interval '30 days'
)
insert into private.ledger_checks (faults) values (%(faults)s);

-- name: last_check
-- How many wallets the last check found wrong, and when that was in Unix seconds.
select faults, extract(epoch from checked_at)::float8 as checked_at from private.ledger_checks order by id desc limit 1;

-- name: forget_keys
-- Idempotency keys older than they are promised for.
select private.forget_keys(%(hours)s) as forgotten;
