// The finished pictures of the signed-in user: their rows, and signed URLs to look at them.

import type { Picture as Row } from "../operations";
import { dataOf, sahne } from "../server/client";

/** What is shown of a row of `generated_images`. */
export type Picture = Pick<Row, "id" | "image_url" | "thumbnail_url" | "is_favorite" | "created_at">;

export interface SignedPicture extends Picture {
  full: string;
  small: string;
}

const PICTURES_MAX = 30;
const SIGNED_SECONDS = 3600;
const PREFIX = "/storage/v1/object/authenticated/images/";

/** Newest first. */
export async function listPictures(): Promise<SignedPicture[]> {
  const rows = await dataOf<Picture[]>(
    sahne
      .from("generated_images")
      .select("id,image_url,thumbnail_url,is_favorite,created_at")
      .order("created_at", { ascending: false })
      .limit(PICTURES_MAX),
  );
  const full = await signedUrls(rows.map((row) => row.image_url));
  const small = await signedUrls(rows.map((row) => row.thumbnail_url ?? row.image_url));
  return rows.map((row, index) => ({ ...row, full: full[index] ?? "", small: small[index] ?? "" }));
}

export async function setFavorite(id: string, is_favorite: boolean): Promise<void> {
  await dataOf(sahne.from("generated_images").update({ is_favorite }).eq("id", id));
}

export async function removePicture(id: string): Promise<void> {
  await dataOf(sahne.from("generated_images").delete().eq("id", id));
}

async function signedUrls(urls: string[]): Promise<string[]> {
  if (urls.length === 0) return [];
  const names = urls.map((url) => url.slice(PREFIX.length));
  const signed = await dataOf<{ signedUrl: string | null }[]>(
    sahne.storage.from("images").createSignedUrls(names, SIGNED_SECONDS),
  );
  return signed.map((each) => each.signedUrl ?? "");
}
