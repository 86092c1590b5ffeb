"""The auth door: the Supabase Auth API (GoTrue's dialect) over `sahne.accounts`, at `/auth/v1`."""
