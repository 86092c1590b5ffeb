-- Becoming an actor: the one place that says what a transaction takes on. Every setting ends with its transaction,
-- since the next one on the same session may be anybody's.

-- name: become
-- Role, claims and bounds. No column is asked for: what nobody reads weighs on the way.
select
 where set_config('role', %(role)s, true) is not null
   and set_config('request.jwt.claims', %(claims)s, true) is not null
   and set_config('search_path', 'public, extensions', true) is not null
   and set_config('statement_timeout', %(timeout)s, true) is not null
   and set_config('transaction_read_only', %(read_only)s, true) is not null;

-- name: become_for_request
-- The same, and what functions may ask of the request.
select
 where set_config('role', %(role)s, true) is not null
   and set_config('request.jwt.claims', %(claims)s, true) is not null
   and set_config('search_path', 'public, extensions', true) is not null
   and set_config('statement_timeout', %(timeout)s, true) is not null
   and set_config('transaction_read_only', %(read_only)s, true) is not null
   and set_config('request.method', %(method)s, true) is not null
   and set_config('request.path', %(path)s, true) is not null
   and set_config('request.headers', %(headers)s, true) is not null
   and set_config('request.cookies', %(cookies)s, true) is not null;

-- name: become_for_session
-- For as long as the session lasts: who hands it to a library that opens transactions of its own has it to itself.
select
 where set_config('role', %(role)s, false) is not null
   and set_config('request.jwt.claims', %(claims)s, false) is not null
   and set_config('search_path', %(search_path)s, false) is not null;
