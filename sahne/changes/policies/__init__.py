"""What row security lets whom see, worked out for all viewers at once; what cannot be proven is left to the probe."""
