// What is said of a picture, and its shape.
import type { SignedPicture } from "../../stores/pictures";
import { say, when } from "../../words";
import { sceneName } from "../../words/scenes";

export function labelOf(picture: SignedPicture): string {
  return `${picture.scene ? sceneName(picture.scene) : say("picture")}, ${when(picture.created_at)}`;
}

/** Width over height, as it was asked for. */
export function shapeOf(picture: SignedPicture): number {
  const [width, height] = (picture.image_size ?? "").split("x").map(Number);
  return width && height ? width / height : 1;
}
