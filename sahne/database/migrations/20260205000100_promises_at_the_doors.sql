-- What clients themselves are held to: a picture of a scene they may use, words that show something.

-- what is dropped here is made again, stricter
-- squawk-ignore-file ban-drop-constraint

alter policy "Users can insert own images" on public.generated_images
  with check (
    user_id = (select auth.uid())
    and (select private.is_named_user())
    and private.owns_pictures(image_url, thumbnail_url, original_photo_url)
    and private.may_use_scene(scene_id)
  );

alter table public.live_sessions
  drop constraint live_sessions_title_length_check,
  add constraint live_sessions_title_length_check
    check (char_length(title) <= 200 and private.is_visible(title)) not valid;
comment on constraint live_sessions_title_length_check on public.live_sessions is
  'A title has 1 to 200 characters, and not only blanks.';

alter table public.profiles
  add constraint profiles_display_name_visible_check check (private.is_visible(display_name)) not valid;
comment on constraint profiles_display_name_visible_check on public.profiles is
  'A display name has not only blanks.';

alter table public.live_messages
  add constraint live_messages_content_visible_check check (private.is_visible(content)) not valid;
comment on constraint live_messages_content_visible_check on public.live_messages is
  'A message has not only blanks.';
