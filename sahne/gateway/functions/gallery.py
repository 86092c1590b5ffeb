"""`studio/images`, `studio/collections`, `studio/shares`: what somebody has made, kept in order and shown to others."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sahne.database.actor import Actor
from sahne.database.pipeline import Pipeline
from sahne.gateway.functions.gallery_answers import (
    CollectionAnswer,
    Collections,
    GalleryAnswer,
    NewShareAnswer,
    PicturesDeleted,
    PicturesMarked,
    ShareAnswer,
    Shares,
)
from sahne.gateway.functions.gallery_bodies import (
    ChosenPictures,
    CollectionEdit,
    FavoriteMark,
    GalleryPage,
    NewCollection,
    NewShare,
    SharesPage,
)
from sahne.gateway.functions.operation import Answer, Call, Who, operation
from sahne.gateway.functions.refusals import (
    BLOCKED_WORD,
    COLLECTION_FULL,
    FORBIDDEN,
    NOT_FOUND,
    OF_ACCOUNTS,
    OF_NAMED,
    TOO_MANY_COLLECTIONS,
    TOO_MANY_SHARES,
)
from sahne.studio import pictures, sharing
from sahne.studio.pictures import WantedPictures

OF_COLLECTIONS = (*OF_NAMED, NOT_FOUND)


@operation("GET", "studio/images", answer=GalleryAnswer, who=Who.SIGNED_IN)
async def list_pictures(call: Call, query: GalleryPage) -> Answer:
    """One's pictures, page by page: favourites, of a scene, a category, a month (`2031-05`), a collection, or with
    words (`q`) in the scene's name. A picture's `photo` is there while that is kept."""
    wanted = WantedPictures(
        oldest_first=query.order == "oldest",
        favorites=query.favorites,
        scene_id=query.scene_id,
        category=query.category,
        collection_id=query.collection_id,
        month=date.fromisoformat(f"{query.month}-01") if query.month else None,
        words=query.q,
        after=query.after,
        limit=query.limit,
    )
    return await pictures.list_pictures(call.parts.database, call.actor, call.parts.own_secret, wanted)


@operation("DELETE", "studio/images", answer=PicturesDeleted, who=Who.OWNER, refuses=(FORBIDDEN,))
async def delete_pictures(call: Call, body: ChosenPictures) -> Answer:
    """Delete pictures with their files and links; those that are not yours are passed over."""
    return {"deleted": await pictures.delete_pictures(call.parts.database, call.actor, body.ids)}


@operation("PATCH", "studio/images", answer=PicturesMarked, who=Who.OWNER, refuses=(FORBIDDEN,))
async def mark_pictures(call: Call, body: FavoriteMark) -> Answer:
    """Make pictures favourites, or none; those that are not yours are passed over."""
    marked = await pictures.mark_pictures(call.parts.database, call.actor, body.ids, is_favorite=body.is_favorite)
    return {"marked": marked}


@operation(
    "POST",
    "studio/images/{image_id}/shares",
    answer=NewShareAnswer,
    who=Who.OWNER,
    status=201,
    refuses=(*OF_NAMED, NOT_FOUND, TOO_MANY_SHARES),
)
async def share_picture(call: Call, image_id: UUID, body: NewShare | None) -> Answer:
    """A link to one of your pictures, for 30 days or so many as you say. Whoever has it sees the picture and nothing
    else: no photo, no name. Its token is told this once."""
    return await _share(call, "image", image_id, body)


@operation(
    "POST",
    "studio/collections/{collection_id}/shares",
    answer=NewShareAnswer,
    who=Who.OWNER,
    status=201,
    refuses=(*OF_NAMED, NOT_FOUND, TOO_MANY_SHARES),
)
async def share_collection(call: Call, collection_id: UUID, body: NewShare | None) -> Answer:
    """A link to one of your collections, with what comes into it later: its first 60 pictures."""
    return await _share(call, "collection", collection_id, body)


@operation("GET", "studio/shares", answer=Shares, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_shares(call: Call, query: SharesPage) -> Answer:
    """Your links that open something, with how often each was opened."""
    return await sharing.own_shares(call.parts.pipeline, call.actor, query.image_id, query.collection_id)


@operation("DELETE", "studio/shares/{share_id}", answer=ShareAnswer, who=Who.OWNER, refuses=(*OF_ACCOUNTS, NOT_FOUND))
async def revoke_share(call: Call, share_id: UUID) -> Answer:
    """Take a link back: it opens nothing from now on."""
    return await sharing.revoke_share(call.parts.pipeline, call.actor, share_id)


@operation("GET", "studio/collections", answer=Collections, who=Who.SIGNED_IN, refuses=OF_ACCOUNTS)
async def own_collections(call: Call) -> Answer:
    """Your collections, in their order."""
    return await sharing.own_collections(*_asked(call))


@operation(
    "POST",
    "studio/collections",
    answer=CollectionAnswer,
    who=Who.NAMED,
    status=201,
    refuses=(*OF_NAMED, BLOCKED_WORD, TOO_MANY_COLLECTIONS),
)
async def add_collection(call: Call, body: NewCollection) -> Answer:
    """Begin a collection, behind the others."""
    return await sharing.add_collection(*_asked(call), body.name)


@operation(
    "PATCH",
    "studio/collections/{collection_id}",
    answer=CollectionAnswer,
    who=Who.OWNER,
    refuses=(*OF_COLLECTIONS, BLOCKED_WORD),
)
async def edit_collection(call: Call, collection_id: UUID, body: CollectionEdit) -> Answer:
    """Change its name, cover or place."""
    fields = body.model_dump(mode="json", exclude_unset=True)
    return await sharing.edit_collection(*_asked(call), collection_id, fields)


@operation(
    "DELETE", "studio/collections/{collection_id}", answer=CollectionAnswer, who=Who.OWNER, refuses=OF_COLLECTIONS
)
async def drop_collection(call: Call, collection_id: UUID) -> Answer:
    """Remove a collection with its links. Its pictures stay in the gallery."""
    return await sharing.drop_collection(*_asked(call), collection_id)


@operation(
    "POST",
    "studio/collections/{collection_id}/images",
    answer=CollectionAnswer,
    who=Who.OWNER,
    refuses=(*OF_COLLECTIONS, COLLECTION_FULL),
)
async def put_in_collection(call: Call, collection_id: UUID, body: ChosenPictures) -> Answer:
    """Put pictures in, behind those that are in it; those that are not yours are passed over."""
    return await sharing.fill_collection(*_asked(call), collection_id, body.ids, put_in=True)


@operation(
    "DELETE",
    "studio/collections/{collection_id}/images",
    answer=CollectionAnswer,
    who=Who.OWNER,
    refuses=OF_COLLECTIONS,
)
async def take_out_of_collection(call: Call, collection_id: UUID, body: ChosenPictures) -> Answer:
    """Take pictures out; they stay in the gallery."""
    return await sharing.fill_collection(*_asked(call), collection_id, body.ids, put_in=False)


async def _share(call: Call, what: sharing.Shared, id: UUID, body: NewShare | None) -> Answer:
    days = (body or NewShare()).days
    answer, token = await sharing.share(call.parts.pipeline, call.actor, what, id, days)
    return {**answer, "token": token, "url": f"{call.parts.settings.api_url}/s/{token}"}


def _asked(call: Call) -> tuple[Pipeline, Actor, str]:
    """Through what, by whom, and what signs the paths of covers."""
    return call.parts.pipeline, call.actor, call.parts.own_secret


OPERATIONS = (
    list_pictures,
    delete_pictures,
    mark_pictures,
    share_picture,
    share_collection,
    own_shares,
    revoke_share,
    own_collections,
    add_collection,
    edit_collection,
    drop_collection,
    put_in_collection,
    take_out_of_collection,
)
