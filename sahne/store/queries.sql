-- What the stores told, and what follows from it.

-- name: keep_event
-- What a store told, once; what changes nothing is done with.
insert into private.store_events (source, id, type, effect, happened_at, is_sandbox, customers, givers, store, line,
                                  product_id, transaction_id, entitlements, ends_at, is_forever, is_trial, body, folded_at)
values (%(source)s, %(id)s, %(type)s, %(effect)s, %(happened_at)s, %(is_sandbox)s, %(customers)s, %(givers)s, %(store)s,
        %(line)s, %(product_id)s, %(transaction_id)s, %(entitlements)s, %(ends_at)s, %(is_forever)s, %(is_trial)s,
        %(body)s, case when %(effect)s = 'none' then now() end)
on conflict (source, id) do nothing;

-- name: keep_look
-- How somebody stands with one product when the store was asked: one row, with what was said last.
insert into private.store_events as events
       (source, id, type, effect, happened_at, is_sandbox, customers, givers, store, line, product_id, transaction_id,
        entitlements, ends_at, is_forever, is_trial, body)
values (%(source)s, %(id)s, %(type)s, %(effect)s, %(happened_at)s, %(is_sandbox)s, %(customers)s, %(givers)s, %(store)s,
        %(line)s, %(product_id)s, %(transaction_id)s, %(entitlements)s, %(ends_at)s, %(is_forever)s, %(is_trial)s, %(body)s)
on conflict (source, id) do update
  set type = excluded.type, happened_at = excluded.happened_at, is_sandbox = excluded.is_sandbox,
      customers = excluded.customers, store = excluded.store, entitlements = excluded.entitlements,
      ends_at = excluded.ends_at, is_forever = excluded.is_forever, is_trial = excluded.is_trial, body = excluded.body,
      received_at = now(), folded_at = null, attempts = 0, error = null
where events.happened_at < excluded.happened_at;

-- name: hold_store
-- One reader at a time, before anything else is locked.
select private.hold_store();

-- name: take_event
-- The oldest event that is not read; one that failed before waits 1, 3, 7 … seconds, and after `attempts_max` for ever.
select source, id, customers
  from private.store_events
 where folded_at is null
   and attempts < %(attempts_max)s
   and received_at + (2 ^ attempts - 1) * interval '1 second' <= now()
 order by received_at, source, id
 limit 1;

-- name: fold_customers
-- Read all that is told of these names.
select private.fold_customers(%(customers)s);

-- name: fail_event
-- The event could not be read.
update private.store_events
   set attempts = attempts + 1, error = %(error)s
 where source = %(source)s and id = %(id)s;

-- name: lapse_premium
-- People whose premium's time is over.
select private.lapse_premium(%(people_max)s) as changed;

-- name: recognise_customers
-- Names that are somebody's by now.
select private.recognise_customers(%(names_max)s) as changed;

-- name: own_premium
-- The actor's premium.
select private.own_premium() as answer;

-- name: own_purchases
-- Coins the actor has bought.
select private.own_purchases() as answer;

-- name: products
-- What is sold; with `all` what is sold no more too, for admins.
select private.products(%(all)s) as answer;

-- name: set_product
-- What a product is.
select private.set_product(%(product_id)s, %(fields)s) as answer;

-- name: take_looks
-- Who is due to be looked at.
select user_id, customer from private.take_looks(%(people_max)s);

-- name: plan_look
-- When they are looked at next.
select private.plan_look(%(user_id)s);
