"""Letters to people: their words in two languages, and the post that hands them over while nobody waits for it."""
