-- name: take_end
-- The end of an upload is ours from now on, where it is nobody's, ours already, or of who did not come back in time.
update private.unfinished_uploads
   set ending_by = %(by)s, ending_until = now() + make_interval(secs => %(seconds)s)
 where id = %(id)s and ended_at is null
   and (ending_until is null or ending_until <= now() or ending_by = %(by)s)
returning id;

-- name: has_ended
-- Whether an upload that is there has come to its end.
select ended_at is not null as has_ended from private.unfinished_uploads where id = %(id)s;

-- name: give_end_back
-- Whoever comes next may end it.
update private.unfinished_uploads set ending_by = null, ending_until = null where id = %(id)s and ending_by = %(by)s;
