-- The functions of links as they were first: today's text is in sahne/database/functions/studio.

set local check_function_bodies = off;

-- Links that show a picture or a collection to whoever has them. The database knows their tokens by hash; what is over,
-- taken back or never was is one and the same: nothing.

-- `{"share": row}`: a link of one of the actor's pictures that the studio made.
create or replace function private.share_image(_image uuid, _token_hash bytea, _days integer) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.named_actor();
begin
  perform private.hold_accounts(_actor);
  perform from public.generated_images
    where id = _image and user_id = _actor and generation_id is not null
      for key share;
  if not found then
    perform private.refuse(404, 'not_found', 'There is no such picture of yours that the studio made.');
  end if;
  return private.add_share(_actor, _image, null, _token_hash, _days);
end $$;

-- `{"share": row}`: a link of one of the actor's collections, and of what will be in it.
create or replace function private.share_collection(_collection uuid, _token_hash bytea, _days integer) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _row private.image_collections := private.held_collection(_collection);
begin
  return private.add_share(_row.user_id, null, _collection, _token_hash, _days);
end $$;

create or replace function private.add_share(
  _user uuid, _image uuid, _collection uuid, _token_hash bytea, _days integer
) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  shares_max constant integer := 200;
  _row private.image_shares;
begin
  perform pg_advisory_xact_lock(hashtextextended('sahne.shares:' || _user, 0));
  if (select count(*) from private.image_shares
       where user_id = _user and revoked_at is null and expires_at > now()) >= shares_max then
    perform private.refuse(409, 'too_many_shares', 'You have as many links as one may.', 'Take one back first.',
      jsonb_build_object('shares_max', shares_max));
  end if;
  insert into private.image_shares (user_id, image_id, collection_id, token_hash, expires_at)
  values (_user, _image, _collection, _token_hash, now() + make_interval(days => _days))
  returning * into _row;
  return jsonb_build_object('share', private.share_row(_row));
end $$;

-- `{"shares": [row, …]}`: the actor's links that open something, the newest first; of one picture or collection where it is said.
create or replace function private.own_shares(_image uuid default null, _collection uuid default null) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object('shares', coalesce(
           jsonb_agg(private.share_row(shares) order by shares.created_at desc, shares.id), '[]'))
    from private.image_shares shares
   where shares.user_id = private.actor()
     and shares.revoked_at is null
     and shares.expires_at > now()
     and (_image is null or shares.image_id = _image)
     and (_collection is null or shares.collection_id = _collection)
$$;

-- `{"share": row}`, which opens nothing any more; taking it back twice is once.
create or replace function private.revoke_share(_share uuid) returns jsonb
language plpgsql security definer set search_path = '', pg_temp as $$
declare
  _actor uuid := private.actor();
  _row   private.image_shares;
begin
  update private.image_shares set revoked_at = coalesce(revoked_at, now())
   where id = _share and user_id = _actor
  returning * into _row;
  if _row.id is null then
    perform private.refuse(404, 'not_found', 'There is no such link of yours.');
  end if;
  return jsonb_build_object('share', private.share_row(_row));
end $$;

-- What a link shows, to nobody in particular: `{"name", "pictures": [{"name", "size"}]}`, the names of objects of the bucket
-- images in the order of the page; null when it opens nothing. Only what the studio made is shown, never a photo.
create or replace function private.shown_by_link(_token_hash bytea) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'name', coalesce(collections.name, (select label.name from private.scene_label(alone.scene_id) as label)),
           'pictures', coalesce(
             case when alone.id is not null then jsonb_build_array(private.shown_picture(alone))
                  else (select jsonb_agg(private.shown_picture(listed.image) order by listed.position)
                          from (select images as image, members.position
                                  from private.collection_images members
                                  join public.generated_images images on images.id = members.image_id
                                 where members.collection_id = shares.collection_id
                                   and images.generation_id is not null
                                 order by members.position
                                 limit 60) listed) end,
             '[]'))
    from private.image_shares shares
    left join public.generated_images alone on alone.id = shares.image_id
    left join private.image_collections collections on collections.id = shares.collection_id
   where shares.token_hash = _token_hash
     and shares.revoked_at is null
     and shares.expires_at > now()
     and private.standing(shares.user_id) = 'named'
$$;

-- A picture of a bounded size: the middle one, of an old picture the small one.
create or replace function private.shown_picture(_row public.generated_images) returns jsonb
language sql immutable set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'name', substr(coalesce(_row.medium_url, _row.thumbnail_url),
                          length('/storage/v1/object/authenticated/images/') + 1),
           'size', _row.image_size)
$$;

-- The page of a link was opened.
create or replace function private.count_view(_token_hash bytea) returns void
language sql volatile security definer set search_path = '', pg_temp as $$
  insert into private.share_views (share_id)
  select id from private.image_shares where token_hash = _token_hash
$$;

-- Views that wait are added up: how many there were.
create or replace function private.fold_share_views() returns bigint
language sql volatile security definer set search_path = '', pg_temp as $$
  with gone as (
    delete from private.share_views returning share_id
  ), folded as (
    update private.image_shares shares
       set views = shares.views + seen.views
      from (select share_id, count(*) as views from gone group by share_id) seen
     where shares.id = seen.share_id
  )
  select count(*) from gone
$$;

-- A link as its owner sees it, with the views that wait.
create or replace function private.share_row(_row private.image_shares) returns jsonb
language sql stable security definer set search_path = '', pg_temp as $$
  select jsonb_build_object(
           'id',            _row.id,
           'image_id',      _row.image_id,
           'collection_id', _row.collection_id,
           'views',         _row.views + (select count(*) from private.share_views where share_id = _row.id),
           'created_at',    _row.created_at,
           'expires_at',    _row.expires_at,
           'revoked_at',    _row.revoked_at)
$$;

revoke execute on function
  private.share_image(uuid, bytea, integer), private.share_collection(uuid, bytea, integer),
  private.add_share(uuid, uuid, uuid, bytea, integer), private.own_shares(uuid, uuid), private.revoke_share(uuid),
  private.shown_by_link(bytea), private.shown_picture(public.generated_images), private.count_view(bytea),
  private.fold_share_views(), private.share_row(private.image_shares)
  from public;
grant execute on function
  private.share_image(uuid, bytea, integer), private.share_collection(uuid, bytea, integer),
  private.add_share(uuid, uuid, uuid, bytea, integer), private.own_shares(uuid, uuid), private.revoke_share(uuid),
  private.shown_by_link(bytea), private.shown_picture(public.generated_images), private.count_view(bytea),
  private.fold_share_views(), private.share_row(private.image_shares)
  to service_role;
