"""Accounts: users, passwords, auth sessions and their tokens, in Supabase's `auth` schema.

Everything here runs as role `supabase_auth_admin`; what an account may see or do elsewhere is PostgreSQL's business.
"""
