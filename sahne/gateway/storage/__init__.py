"""The storage door: Supabase Storage's dialect over `sahne.objects`, at `/storage/v1`."""
