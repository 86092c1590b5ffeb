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
   and transactions.kind in ('gift', 'ticket_payout', 'subscription_payout', 'call_payout')
   and entries.amount > 0
   and transactions.created_at >= %(since)s
 group by transactions.kind
 order by transactions.kind;

-- name: create_tier
-- A new tier of the actor's.
select private.create_tier(%(fields)s) as answer;

-- name: edit_tier
-- Another price, name or place of a tier; or no more of it.
select private.edit_tier(%(tier_id)s, %(fields)s) as answer;

-- name: tiers_of
-- What a creator offers.
select private.tiers_of(%(profile_id)s) as answer;

-- name: subscribe
-- Pay for a month of a creator's tier, once per key.
select private.subscribe(%(tier_id)s, %(key)s, %(expected_price)s) as answer;

-- name: own_subscriptions
-- The actor's, with their tiers.
select private.own_subscriptions() as answer;

-- name: change_subscription
-- Another tier: a dearer one now, any other with the next month.
select private.change_subscription(%(subscription_id)s, %(tier_id)s, %(expected_price)s) as answer;

-- name: pause_subscription
-- No renewal until it is resumed.
select private.pause_subscription(%(subscription_id)s) as answer;

-- name: resume_subscription
-- It goes on; a month is paid where none runs.
select private.resume_subscription(%(subscription_id)s, %(expected_price)s) as answer;

-- name: cancel_subscription
-- It lasts as long as it is paid.
select private.cancel_subscription(%(subscription_id)s) as answer;

-- name: refund_subscription
-- An admin gives a month back.
select private.refund_subscription(%(subscription_id)s) as answer;

-- name: months_over
-- Months whose creators are to be paid, from after `after` on, in the order of their ends.
select id, ends_at as due_at
  from private.subscription_periods
 where status = 'paid' and ends_at <= now() and (ends_at, id) > (%(after_due)s, %(after_id)s)
 order by ends_at, id
 limit %(limit)s;

-- name: settle_month
-- Pay a creator for a month that is over.
select private.settle_over_period(%(id)s) as done;

-- name: renewals_near
-- Subscriptions whose subscribers are to be told that they will be renewed.
select id, renews_at as due_at
  from public.creator_subscriptions
 where renews_at > now() and renews_at <= now() + private.reminder_lead() and reminded_at is null
   and (renews_at, id) > (%(after_due)s, %(after_id)s)
 order by renews_at, id
 limit %(limit)s;

-- name: remind_of_renewal
-- Tell one of them.
select private.remind_of_renewal(%(id)s) as done;

-- name: renewals_due
-- Subscriptions whose next month is to be paid.
select id, renews_at as due_at
  from public.creator_subscriptions
 where renews_at <= now() and (renews_at, id) > (%(after_due)s, %(after_id)s)
 order by renews_at, id
 limit %(limit)s;

-- name: renew_subscription
-- Renew one, or say why not.
select private.renew_subscription(%(id)s) as done;

-- name: pauses_too_long
-- Subscriptions that nobody resumed in a year.
select id, expires_at as due_at
  from public.creator_subscriptions
 where status = 'paused' and expires_at < now() - private.pause_max()
   and (expires_at, id) > (%(after_due)s, %(after_id)s)
 order by expires_at, id
 limit %(limit)s;

-- name: end_long_pause
-- End one of them.
select private.end_long_pause(%(id)s) as done;

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
