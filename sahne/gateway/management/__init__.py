"""The management door: what an operator's agents ask of this installation, in the words of Supabase's own API."""
