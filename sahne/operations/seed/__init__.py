"""Believable data at any size, the same for the same seed, loaded by COPY (see `load`)."""
