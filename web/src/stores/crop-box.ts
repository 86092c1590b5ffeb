// Which part of a photo is meant: where its middle lies and how near it is, whatever shape is cut out of it later.

export interface Box {
  /** The middle of what is meant, 0 to 1 of the photo's width and height. */
  x: number;
  y: number;
  /** 1 is as much of the photo as the shape can hold. */
  zoom: number;
}

interface Size {
  width: number;
  height: number;
}

interface Cut extends Size {
  left: number;
  top: number;
}

export const ZOOM_MAX = 4;
/** A little above the middle, where faces are. */
export const FIRST: Box = { x: 0.5, y: 0.42, zoom: 1 };

/** What is cut out, in the photo's own pixels; `shape` is width over height. */
export function cutOf(photo: Size, box: Box, shape: number): Cut {
  const width = Math.min(photo.width, photo.height * shape) / box.zoom;
  const height = width / shape;
  return {
    width,
    height,
    left: between(box.x * photo.width - width / 2, 0, photo.width - width),
    top: between(box.y * photo.height - height / 2, 0, photo.height - height),
  };
}

/** The same box moved so far that nothing beyond the photo's edges is meant. */
export function settled(photo: Size, box: Box, shape: number): Box {
  const zoom = between(box.zoom, 1, ZOOM_MAX);
  const { left, top, width, height } = cutOf(photo, { ...box, zoom }, shape);
  return { x: (left + width / 2) / photo.width, y: (top + height / 2) / photo.height, zoom };
}

/** The cut as a picture of its own, no side longer than `longest` pixels; of what was beside it nothing is left. */
export async function cutOut(photo: ImageBitmap, box: Box, shape: number, longest: number): Promise<Blob> {
  const { left, top, width, height } = cutOf(photo, box, shape);
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  canvas.getContext("2d")!.drawImage(photo, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

const QUALITY = 0.92;

function between(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
