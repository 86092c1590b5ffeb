// Whether a picture may fill its place: only if that beheads nobody. Else it is shown whole, over a blurred copy.
const HEIGHT_CUT_MAX = 0.12;
const WIDTH_CUT_MAX = 0.45; // orientations that differ cut more

export interface Size {
  width: number;
  height: number;
}

export function fits(picture: Size, place: Size): boolean {
  if (!picture.width || !picture.height || !place.width || !place.height) return false;
  const scale = Math.max(place.width / picture.width, place.height / picture.height);
  const cut = (shown: number, whole: number) => 1 - shown / (scale * whole);
  return cut(place.height, picture.height) <= HEIGHT_CUT_MAX && cut(place.width, picture.width) <= WIDTH_CUT_MAX;
}
