"""Coins: the double-entry ledger that the stage and the studio spend from; it knows neither."""
