"""Plans as SQL: the only place where Python composes it. Names are quoted, values are parameters, always."""
