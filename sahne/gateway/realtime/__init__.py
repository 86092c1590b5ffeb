"""The realtime door: Supabase Realtime's sockets and broadcasts over `sahne.changes`, at `/realtime/v1`."""
