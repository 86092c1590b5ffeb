// The gallery: pages of one's pictures, what is done with many at once, collections, and links that show them to others.

import { signal } from "@preact/signals";
import type { Collection, Share } from "../operations";
import { operation } from "../server/client";
import type { SignedPicture } from "./pictures";

export interface Filter {
  order: "newest" | "oldest";
  favorites?: boolean;
  category?: string;
  collection?: string;
  words?: string;
}

export interface Page {
  pictures: SignedPicture[];
  next: string | null;
}

/** What a link shows: a picture or a collection, by its id. */
export interface Shared {
  kind: "images" | "collections";
  id: string;
}

export const collections = signal<Collection[]>([]);

export async function readPage(filter: Filter, after?: string | null): Promise<Page> {
  const asked = new URLSearchParams({ order: filter.order });
  if (filter.favorites) asked.set("favorites", "true");
  if (filter.category) asked.set("category", filter.category);
  if (filter.collection) asked.set("collection_id", filter.collection);
  if (filter.words) asked.set("q", filter.words);
  if (after) asked.set("after", after);
  const { images, scenes, urls, next } = await operation<"list_pictures">("GET", `studio/images?${asked}`);
  const pictures = images.map((row) => ({
    ...row,
    scene: scenes.find((scene) => scene.id === row.scene_id) ?? null,
    full: urls[row.id]?.image ?? "",
    small: urls[row.id]?.thumbnail ?? urls[row.id]?.image ?? "",
  }));
  return { pictures, next };
}

export async function removePictures(ids: string[]): Promise<string[]> {
  return (await operation<"delete_pictures">("DELETE", "studio/images", { ids })).deleted;
}

export async function markPictures(ids: string[], is_favorite: boolean): Promise<void> {
  await operation<"mark_pictures">("PATCH", "studio/images", { ids, is_favorite });
}

export async function readCollections(): Promise<void> {
  collections.value = (await operation<"own_collections">("GET", "studio/collections")).collections;
}

export async function addCollection(name: string): Promise<Collection> {
  const { collection } = await operation<"add_collection">("POST", "studio/collections", { name });
  keep(collection);
  return collection;
}

export async function editCollection(id: string, fields: { name?: string; cover_image_id?: string }): Promise<void> {
  keep((await operation<"edit_collection">("PATCH", `studio/collections/${id}`, fields)).collection);
}

export async function dropCollection(id: string): Promise<void> {
  await operation<"drop_collection">("DELETE", `studio/collections/${id}`);
  collections.value = collections.value.filter((each) => each.id !== id);
}

export async function putIn(id: string, ids: string[]): Promise<void> {
  keep((await operation<"put_in_collection">("POST", `studio/collections/${id}/images`, { ids })).collection);
}

export async function takeOut(id: string, ids: string[]): Promise<void> {
  keep((await operation<"take_out_of_collection">("DELETE", `studio/collections/${id}/images`, { ids })).collection);
}

function keep(changed: Collection): void {
  const known = collections.value.some((each) => each.id === changed.id);
  collections.value = known
    ? collections.value.map((each) => (each.id === changed.id ? changed : each))
    : [...collections.value, changed];
}

export async function readShares({ kind, id }: Shared): Promise<Share[]> {
  const asked = new URLSearchParams({ [kind === "images" ? "image_id" : "collection_id"]: id });
  return (await operation<"own_shares">("GET", `studio/shares?${asked}`)).shares;
}

/** The link, which nobody can tell a second time, and what is known of it. */
export async function makeLink({ kind, id }: Shared, days: number): Promise<{ url: string; share: Share }> {
  const path =
    kind === "images" ? (`studio/images/${id}/shares` as const) : (`studio/collections/${id}/shares` as const);
  const { url, share } = await operation<"share_picture" | "share_collection">("POST", path, { days });
  return { url, share };
}

export async function revokeLink(id: string): Promise<void> {
  await operation<"revoke_share">("DELETE", `studio/shares/${id}`);
}
