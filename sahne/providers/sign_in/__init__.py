"""Other people's sign-in: OpenID Connect's issuers, and those with an OAuth of their own."""
