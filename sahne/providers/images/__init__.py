"""Makers of pictures: the seam (`generator.py`), the keyless maker (`embedded/`), the twin (`memory.py`).

Importing this package loads no model and no array library; only the worker opens `embedded`.
"""
