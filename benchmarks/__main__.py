"""`python -m benchmarks`: every measurement, one after the other."""

from benchmarks.data_api import main

main()
