-- name: hook_patience
-- How long a function of the app may take: the person waits for it.
select set_config('statement_timeout', %(milliseconds)s::text, true);

-- name: ask_hook
-- What it says.
select private.ask_hook(%(schema)s, %(function)s, %(event)s::jsonb) as answer;
