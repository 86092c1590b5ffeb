"""The product's own operations at `/functions/v1/…`: JSON in and out, described at `/docs`."""

from sahne.gateway.functions.frame import build_functions

__all__ = ["build_functions"]
