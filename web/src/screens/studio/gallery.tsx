// The finished pictures of the signed-in user, newest first; a click shows one large.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { listPictures, removePicture, type SignedPicture, setFavorite } from "../../stores/pictures";
import { say, when } from "../../words";
import { Large } from "./large";

/** `made` grows with each new picture: then they are asked for anew. */
export function Gallery({ made }: { made: number }) {
  const [pictures, setPictures] = useState<SignedPicture[]>();
  const [shownId, setShownId] = useState<string | null>(null);
  const { failure, attempt } = useDoing();
  const shown = pictures?.find((picture) => picture.id === shownId);

  useEffect(() => void attempt(async () => setPictures(await listPictures())), [made]);

  async function toggleFavorite({ id, is_favorite }: SignedPicture) {
    const done = await attempt(() => setFavorite(id, !is_favorite));
    if (done)
      setPictures((all) => all?.map((each) => (each.id === id ? { ...each, is_favorite: !is_favorite } : each)));
  }

  async function remove({ id }: SignedPicture) {
    setShownId(null);
    const done = await attempt(() => removePicture(id));
    if (done) setPictures((all) => all?.filter((each) => each.id !== id));
  }

  return (
    <section>
      <h2>{say("myPictures")}</h2>
      <Failure error={failure} />
      {pictures?.length === 0 && <p class="empty">{say("noPictures")}</p>}
      <div class="gallery">
        {pictures?.map((picture) => (
          <button
            key={picture.id}
            class="thumbnail"
            onClick={() => setShownId(picture.id)}
            aria-label={`${say("picture")}, ${when(picture.created_at)}`}
          >
            <img src={picture.small} alt="" data-testid="finished" />
            {picture.is_favorite && <Icon name="star" filled />}
          </button>
        ))}
      </div>
      {shown && (
        <Large
          picture={shown}
          onFavorite={() => void toggleFavorite(shown)}
          onRemove={() => void remove(shown)}
          onClose={() => setShownId(null)}
        />
      )}
    </section>
  );
}
