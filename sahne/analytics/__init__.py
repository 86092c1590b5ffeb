"""What apps report of what people do: taken in batches, told in rollups. It reads everybody; nobody reads it."""
