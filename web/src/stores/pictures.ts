// The finished pictures of the signed-in user: their rows, and signed URLs to look at them.

import type { Picture as Row } from "../operations";
import { dataOf, sahne } from "../server/client";

/** What is shown of a row of `generated_images`. */
export interface Picture
  extends Pick<
    Row,
    "id" | "image_url" | "thumbnail_url" | "original_photo_url" | "is_favorite" | "image_size" | "created_at"
  > {
  scene: { id: string; name: string; category: string } | null;
}

export interface SignedPicture extends Picture {
  full: string;
  small: string;
}

const PICTURES_MAX = 30;
const SIGNED_SECONDS = 3600;
const COLUMNS = "id,image_url,thumbnail_url,original_photo_url,is_favorite,image_size,created_at";

/** The newest first, `PICTURES_MAX` at most; of some generations alone where they are said. */
export async function listPictures(generationIds?: string[]): Promise<SignedPicture[]> {
  let asked = sahne.from("generated_images").select(`${COLUMNS},scene:scenes(id,name,category)`);
  if (generationIds) asked = asked.in("generation_id", generationIds);
  return signed(await dataOf<Picture[]>(asked.order("created_at", { ascending: false }).limit(PICTURES_MAX)));
}

export async function setFavorite(id: string, is_favorite: boolean): Promise<void> {
  await dataOf(sahne.from("generated_images").update({ is_favorite }).eq("id", id));
}

export async function removePicture(id: string): Promise<void> {
  await dataOf(sahne.from("generated_images").delete().eq("id", id));
}

/** The photo a picture was made of, while it is kept. */
export async function photoOf(picture: Picture): Promise<string | null> {
  if (!picture.original_photo_url) return null;
  const [url] = await signedUrls("photos", [picture.original_photo_url]);
  return url || null;
}

/** As somebody finds it among their files. */
export function nameFor(picture: Picture): string {
  const ending = /\.\w+$/.exec(picture.image_url)?.[0] ?? ".png";
  return `sahne-${picture.created_at.slice(0, 10)}-${picture.id.slice(0, 8)}${ending}`;
}

async function signed(rows: Picture[]): Promise<SignedPicture[]> {
  const [full, small] = await Promise.all([
    signedUrls(
      "images",
      rows.map((row) => row.image_url),
    ),
    signedUrls(
      "images",
      rows.map((row) => row.thumbnail_url ?? row.image_url),
    ),
  ]);
  return rows.map((row, index) => ({ ...row, full: full[index] ?? "", small: small[index] ?? "" }));
}

async function signedUrls(bucket: "images" | "photos", urls: string[]): Promise<string[]> {
  if (urls.length === 0) return [];
  const prefix = `/storage/v1/object/authenticated/${bucket}/`;
  const names = urls.map((url) => url.slice(prefix.length));
  const answered = await dataOf<{ signedUrl: string | null }[]>(
    sahne.storage.from(bucket).createSignedUrls(names, SIGNED_SECONDS),
  );
  return answered.map((each) => each.signedUrl ?? "");
}
