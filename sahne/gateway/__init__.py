"""The doors. Each is a package that speaks one protocol's dialect and is built by `build_…` in its `door.py`."""
