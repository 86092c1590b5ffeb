-- What is refused, and what becomes of it. The worker's statements first, then those for a caller.

-- name: picture_verdict
-- What is known of a file.
select private.picture_verdict(%(sha256)s) as is_refused;

-- name: refuse_picture
-- It is refused, and where it lies.
select private.refuse_picture(%(id)s, %(stage)s, %(sha256)s, %(md5)s, %(bytes)s::bigint, %(score)s::real, %(object)s);

-- name: note_stage
-- What a maker elsewhere refused.
select private.note_stage(%(id)s, %(stage)s);

-- name: empty_quarantine
-- What lay there long enough.
select private.empty_quarantine(%(days)s) as gone;

-- name: own_moderation
-- How the caller's generation was refused.
select private.own_moderation(%(id)s) as moderation;

-- name: expire_photos
-- Photos whose time is over.
select private.expire_photos(%(photos_max)s) as gone;

-- name: photo_kept_until
-- When a photo of the caller goes.
select private.photo_kept_until(%(name)s) as moment;

-- name: own_consent
-- How it stands with the caller's consent.
select private.own_consent();

-- name: give_consent
-- The caller consents.
select private.give_consent(%(text_version)s, %(locale)s);

-- name: withdraw_consent
-- The caller takes it back.
select private.withdraw_consent();

-- name: appeal
-- The caller objects.
select private.appeal(%(generation_id)s, %(message)s);

-- name: read_appeals
-- The queue, for admins.
select private.read_appeals(%(status)s, %(after)s, %(limit)s);

-- name: decide_appeal
-- An admin decides.
select private.decide_appeal(%(appeal_id)s, %(status)s, %(outcome)s);
