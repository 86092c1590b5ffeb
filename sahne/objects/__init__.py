"""Stored objects: a row in `storage.objects`, whose policies decide, and its bytes, always together."""
