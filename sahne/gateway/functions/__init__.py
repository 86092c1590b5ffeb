"""The product's own operations at `/functions/v1/…`: JSON in and out, described at `/docs`."""
