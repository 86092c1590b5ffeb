// A photo as it comes from a camera, a file, the clipboard or a drop: read once, looked at, and cut to what is sent.

import { Refused } from "../../server/client";
import { type Box, cutOut, FIRST } from "../../stores/crop-box";

export interface Photo {
  bitmap: ImageBitmap;
  url: string;
  box: Box;
  glance: Glance;
}

/** What can be said of it before it is sent; a browser that cannot look for faces says null. */
export interface Glance {
  faces: number | null;
  light: "dark" | "bright" | "good";
}

// Still under way in browsers (the Shape Detection API): used where it is there.
interface Detector {
  detect(photo: ImageBitmapSource): Promise<unknown[]>;
}
declare global {
  var FaceDetector: (new () => Detector) | undefined;
}

export const SENT_PX = 2048;
const READ_BYTES_MAX = 40 * 1024 * 1024;
const SIDE_PX_MIN = 256;
const LOOKED_AT_PX = 64;
const DARK_BELOW = 52; // mean of 0 to 255
const BRIGHT_ABOVE = 222;

/** Refused when it is no picture that this browser can show, or too small to be somebody. */
export async function readPhoto(file: Blob): Promise<Photo> {
  if (file.size > READ_BYTES_MAX) throw Refused.by("EntityTooLarge");
  const bitmap = await createImageBitmap(file).catch(() => {
    throw Refused.by(/^image\/(jpeg|png|webp)$/.test(file.type) ? "photo_unreadable" : "InvalidMimeType");
  });
  if (Math.min(bitmap.width, bitmap.height) < SIDE_PX_MIN) {
    bitmap.close();
    throw Refused.by("photo_too_small");
  }
  const faces = await facesIn(bitmap);
  return { bitmap, url: URL.createObjectURL(file), box: FIRST, glance: { faces, light: lightOf(bitmap) } };
}

export function dropPhoto(photo: Photo): void {
  photo.bitmap.close();
  URL.revokeObjectURL(photo.url);
}

/** What is sent: the part that was chosen, and nothing that a camera wrote beside it. */
export function cutPhoto(photo: Photo, shape: number): Promise<Blob> {
  return cutOut(photo.bitmap, photo.box, shape, SENT_PX);
}

async function facesIn(bitmap: ImageBitmap): Promise<number | null> {
  try {
    return globalThis.FaceDetector ? (await new FaceDetector!().detect(bitmap)).length : null;
  } catch {
    return null; // there by name only
  }
}

function lightOf(bitmap: ImageBitmap): Glance["light"] {
  const canvas = new OffscreenCanvas(LOOKED_AT_PX, LOOKED_AT_PX);
  const paper = canvas.getContext("2d", { willReadFrequently: true })!;
  paper.drawImage(bitmap, 0, 0, LOOKED_AT_PX, LOOKED_AT_PX);
  const { data } = paper.getImageData(0, 0, LOOKED_AT_PX, LOOKED_AT_PX);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  const mean = sum / LOOKED_AT_PX ** 2;
  if (mean < DARK_BELOW) return "dark";
  return mean > BRIGHT_ABOVE ? "bright" : "good";
}
