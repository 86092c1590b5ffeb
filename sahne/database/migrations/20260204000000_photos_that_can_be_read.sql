-- The studio reads no HEIC, so the bucket does not take it: who uploads one is told so, and not after a generation.
update storage.buckets
   set allowed_mime_types = array['image/jpeg', 'image/png', 'image/webp', 'image/avif']
 where id = 'photos';
