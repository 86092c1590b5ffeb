"""The services outside: for each a Protocol, what speaks to the real one, and its twin in memory."""
