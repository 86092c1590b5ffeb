"""Makers of pictures: the seam (`generator.py`), the keyless maker (`embedded/`), a model of one's own
(`diffusion/`), the twin (`memory.py`).

Importing this package loads no model and no array library; only the worker opens those that are here.
"""
