"""`python -m benchmarks`: every measurement, one after the other."""

from benchmarks import common_queries, data_api

data_api.main()
common_queries.main()
