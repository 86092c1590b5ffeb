-- Pictures that never came give their quota back, but not the worker's time: how many of them one person may have in a day.
alter table private.settings
  add column failed_images_max integer not null default 50
    constraint settings_failed_images_max_check check (failed_images_max between 1 and 1000000);
comment on column private.settings.failed_images_max is
  'Pictures a day that were asked for in vain (failed, moderated, cancelled) before no more are tried.';
