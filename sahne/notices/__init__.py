"""Notices: what becomes of an event until people have heard of it."""
