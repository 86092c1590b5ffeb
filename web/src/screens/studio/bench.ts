// What lies on the bench between the studio's steps: the photo, the scene, the shape and how many; and sending it.
import { effect, signal } from "@preact/signals";
import { dataOf, Refused, sahne } from "../../server/client";
import { login } from "../../stores/login";
import { make, makeSeveral } from "../../stores/making";
import { quota, type Scene } from "../../stores/scenes";
import { cutPhoto, dropPhoto, type Photo, readPhoto } from "./photo";

/** Each with its width over height, and the size that is asked for. */
export const SHAPES = {
  "3:4": { ratio: 3 / 4, size: "768x1024" },
  "1:1": { ratio: 1, size: "1024x1024" },
  "9:16": { ratio: 9 / 16, size: "720x1280" },
  "4:3": { ratio: 4 / 3, size: "1024x768" },
} as const;
export type Shape = keyof typeof SHAPES;

export const SCENES_MAX = 8;
export const COUNT_MAX = 4; // what a fresh installation allows; where it allows fewer it says so

export const photo = signal<Photo | null>(null);
export const scene = signal<Scene | null>(null);
/** Several scenes of one photo, where that is wanted: null is one alone. */
export const batch = signal<Scene[] | null>(null);
export const shape = signal<Shape>("3:4");
export const count = signal(1);

/** The last photo that was sent, so that another scene of it needs no second sending. */
let sent: { of: string; path: string } | null = null;

effect(() => {
  if (!login.value) clear();
});

export async function bring(file: Blob): Promise<void> {
  const brought = await readPhoto(file);
  if (photo.peek()) dropPhoto(photo.peek()!);
  photo.value = brought;
}

export function clear(): void {
  if (photo.peek()) dropPhoto(photo.peek()!);
  photo.value = null;
  scene.value = null;
  batch.value = null;
  sent = null;
}

/** How many can be chosen: no more than are left today. */
export function countMax(): number {
  const left = Math.floor((quota.value?.remaining ?? COUNT_MAX) / Math.max(1, batch.value?.length ?? 1));
  return Math.max(1, Math.min(COUNT_MAX, left));
}

/** Choose a scene, or of several one more or one fewer; no more than may be asked for at once, and are left today. */
export function choose(chosen: Scene): void {
  const some = batch.value;
  if (!some) scene.value = chosen;
  else if (some.includes(chosen)) batch.value = some.filter((each) => each !== chosen);
  else if (some.length < scenesMax()) batch.value = [...some, chosen];
}

export function scenesMax(): number {
  return Math.min(SCENES_MAX, quota.value?.remaining ?? SCENES_MAX);
}

/** What is chosen, whether one or several. */
export function chosenScenes(): Scene[] {
  return batch.value ?? (scene.value ? [scene.value] : []);
}

/** Everything that was chosen goes to the server; the pictures are looked after by `stores/making.ts`. */
export async function send(): Promise<void> {
  const [brought, chosen] = [photo.value, chosenScenes()];
  if (!brought || !chosen[0]) throw Refused.by("photo_required");
  const { ratio, size } = SHAPES[shape.value];
  const cut = await cutPhoto(brought, ratio);
  const path = await sendPhoto(cut, JSON.stringify([brought.url, brought.box, ratio]));
  const many = Math.min(count.value, countMax());
  const asked = { scene: chosen.length > 1 ? undefined : chosen[0], count: many, photo: URL.createObjectURL(cut) };
  const wish = { photo_path: path, image_size: size, count: many };
  if (chosen.length === 1) await make(asked, { ...wish, scene_id: chosen[0].id });
  else await makeSeveral(asked, { ...wish, scene_ids: chosen.map((each) => each.id) });
  batch.value = null;
}

async function sendPhoto(cut: Blob, of: string): Promise<string> {
  if (sent?.of === of) return sent.path;
  const path = `${login.value!.user.id}/${crypto.randomUUID()}.jpg`;
  await dataOf(sahne.storage.from("photos").upload(path, cut, { contentType: cut.type }));
  sent = { of, path };
  return path;
}
