"""Signed webhooks out: others are told what happens, at addresses that admins say (Standard Webhooks).

`endpoints.py` keeps the addresses, `sender.py` sends what waits; messages are made by the database, in the transaction
of the event that they tell of (`database/functions/webhooks/messages.sql`).
"""
