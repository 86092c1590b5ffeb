// Choosing a photo, in the page's own look and language, with a glance at what was chosen.
import { useEffect, useState } from "preact/hooks";
import { say } from "../../words";

export const PHOTO_TYPES = ["image/jpeg", "image/png", "image/webp"];

export function PhotoChoice({ photo, onChoose }: { photo: File | null; onChoose: (photo: File | null) => void }) {
  const [glance, setGlance] = useState<string | null>(null);
  useEffect(() => {
    if (!photo || !PHOTO_TYPES.includes(photo.type)) return setGlance(null);
    const url = URL.createObjectURL(photo);
    setGlance(url);
    return () => URL.revokeObjectURL(url);
  }, [photo]);
  return (
    <label class="photo">
      <span>{say("choosePhoto")}</span>
      <input
        type="file"
        accept={PHOTO_TYPES.join()}
        data-testid="photo"
        onChange={(event) => onChoose(event.currentTarget.files?.[0] ?? null)}
      />
      <span class="choice">
        <span class="button">{say("browse")}</span>
        {glance && <img src={glance} alt="" onError={() => setGlance(null)} />}
        <span class="name">{photo?.name ?? say("photoKinds")}</span>
      </span>
    </label>
  );
}
