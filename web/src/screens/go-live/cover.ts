// A session's cover: a picture of the camera's, taken when the host says so, kept where everybody may see it.
import { dataOf, sahne } from "../../server/client";

const WIDTH_PX = 720;
const HEIGHT_PX = 960;
const QUALITY = 0.86;
const BUCKET = "thumbnails";

/** 3:4 out of the middle, a little above it, where faces are. */
export async function takeCover(stream: MediaStream): Promise<Blob> {
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const scale = Math.max(WIDTH_PX / video.videoWidth, HEIGHT_PX / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  const canvas = new OffscreenCanvas(WIDTH_PX, HEIGHT_PX);
  canvas.getContext("2d")!.drawImage(video, (WIDTH_PX - width) / 2, (HEIGHT_PX - height) * 0.3, width, height);
  video.srcObject = null;
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** Its name in the bucket; the profile's folder is the only one a creator may write to. */
export async function keepCover(profileId: string, cover: Blob): Promise<string> {
  const path = `${profileId}/${crypto.randomUUID()}.jpg`;
  await dataOf(sahne.storage.from(BUCKET).upload(path, cover, { contentType: cover.type }));
  return path;
}

export const coverUrl = (path: string) => `/storage/v1/object/public/${BUCKET}/${path}`;

export async function dropCover(path: string): Promise<void> {
  await sahne.storage.from(BUCKET).remove([path]);
}
