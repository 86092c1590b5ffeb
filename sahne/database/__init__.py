"""PostgreSQL: connections and who acts on them, migrations, the catalog, and the embedded server of a laptop."""
