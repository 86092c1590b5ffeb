// Changing how one is seen. What is sent is what a person may write of their profile; the rest is the server's.

import { dataOf, sahne } from "../server/client";
import { type Box, cutOut } from "./crop-box";
import { type Profile, profile } from "./login";

const BUCKET = "avatars";
const PREFIX = `/storage/v1/object/public/${BUCKET}/`;
const AVATAR_PX = 512;

type Change = Partial<Pick<Profile, "display_name" | "username" | "avatar_url">>;

export async function changeProfile(change: Change): Promise<void> {
  const me = profile.value!;
  await dataOf(sahne.from("profiles").update(change).eq("id", me.id));
  profile.value = { ...me, ...change };
}

/** The part that was chosen becomes one's picture; the one before is removed. */
export async function keepAvatar(photo: ImageBitmap, box: Box): Promise<void> {
  const me = profile.value!;
  const cut = await cutOut(photo, box, 1, AVATAR_PX);
  const path = `${me.id}/${crypto.randomUUID()}.jpg`;
  await dataOf(sahne.storage.from(BUCKET).upload(path, cut, { contentType: cut.type }));
  await changeProfile({ avatar_url: PREFIX + path });
  await forget(me.avatar_url);
}

export async function dropAvatar(): Promise<void> {
  const before = profile.value!.avatar_url;
  await changeProfile({ avatar_url: null });
  await forget(before);
}

async function forget(url: string | null): Promise<void> {
  if (url?.startsWith(PREFIX)) await sahne.storage.from(BUCKET).remove([url.slice(PREFIX.length)]);
}
