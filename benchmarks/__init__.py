"""Measurements: ours and another's in turn in one run, medians, CPU per operation, JSON into `results/`."""
