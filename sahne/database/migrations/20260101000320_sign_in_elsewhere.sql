-- Signing in with another provider: what is on its way. Only the accounts' role reads and writes these.

-- Who was sent to a provider. The state comes back once, hashed; who links another identity to their account proves at the
-- end, with PKCE's verifier, that they are who began.
create table private.oauth_flows (
  state_hash            bytea       primary key,
  provider              text        not null,
  redirect_to           text        not null,
  code_challenge_method text        check (code_challenge_method in ('s256', 'plain')),
  code_challenge        text,
  linking_user_id       uuid        references auth.users (id) on delete cascade,
  created_at            timestamptz not null default now(),
  check ((code_challenge is null) = (code_challenge_method is null)),
  check (linking_user_id is null or code_challenge is not null)
);

-- Who came back and may exchange a code for their session. What the provider told is sealed with a key made of the code,
-- which is kept nowhere.
create table private.oauth_codes (
  code_hash             bytea       primary key,
  provider              text        not null,
  user_id               uuid        not null references auth.users (id) on delete cascade,
  links                 boolean     not null,
  code_challenge_method text        not null check (code_challenge_method in ('s256', 'plain')),
  code_challenge        text        not null,
  sealed                text        not null,
  created_at            timestamptz not null default now()
);

-- An id token with a nonce signs in once; kept until it ends by itself.
create table private.used_id_tokens (
  digest     bytea       primary key,
  expires_at timestamptz not null
);
