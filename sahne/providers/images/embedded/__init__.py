"""The keyless studio: cut the person out, paint a backdrop from the seed, join them in one light.

Its nets lie in `nets/` and are checked by hash. It does not follow the prompt's text and says so.
"""
