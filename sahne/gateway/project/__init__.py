"""The doors of Supabase's protocols where a project answers at them: what is asked there is passed on to it."""
