// What can be done with a picture: keep it, like it, share it, make it again, be rid of it.
import { useState } from "preact/hooks";
import { go } from "../../frame/place";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Ask, Over } from "../../parts/sheet";
import { makeAgain } from "../../stores/making";
import { nameFor, photoOf, removePicture, type SignedPicture, setFavorite } from "../../stores/pictures";
import { quota, scenes } from "../../stores/scenes";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { sayGallery } from "../../words/gallery";
import { ShareSheet } from "./share-sheet";
import "./actions.css";

interface Acted {
  picture: SignedPicture;
  /** Liked or not any more. */
  onChange: (changed: SignedPicture) => void;
  onRemoved: () => void;
}

export function Actions({ picture, onChange, onRemoved }: Acted) {
  const [asked, setAsked] = useState<"remove" | "again" | "share" | null>(null);
  const { busy, failure, attempt } = useDoing();

  /** Shown at once; a refusal puts it back. */
  async function like() {
    const liked = { ...picture, is_favorite: !picture.is_favorite };
    onChange(liked);
    const done = await attempt(() => setFavorite(picture.id, liked.is_favorite));
    if (!done) onChange(picture);
  }

  async function remove() {
    setAsked(null);
    const done = await attempt(() => removePicture(picture.id));
    if (!done) return;
    tell(say("removed"));
    onRemoved();
  }

  async function again(seed: "same" | "new") {
    setAsked(null);
    const scene = scenes.value?.find((each) => each.id === picture.scene?.id);
    const done = await attempt(async () =>
      makeAgain({ scene, count: 1, photo: (await photoOf(picture)) ?? picture.full }, picture.id, seed),
    );
    if (done) go("/studio/result");
  }

  return (
    <>
      <div class="picture-acts">
        <a class="button main grow" href={`${picture.full}&download=${nameFor(picture)}`} download={nameFor(picture)}>
          <Icon name="download" />
          {say("download")}
        </a>
        <button class="round card" aria-pressed={picture.is_favorite} aria-label={say("favorite")} onClick={like}>
          <Icon name="heart" filled={picture.is_favorite} />
        </button>
        <button class="round card" aria-label={say("shareIt")} onClick={() => setAsked("share")}>
          <Icon name="share" />
        </button>
        {picture.scene && (
          <button
            class="round card"
            aria-label={say("again")}
            disabled={busy || quota.value?.remaining === 0}
            onClick={() => setAsked("again")}
          >
            <Icon name="refresh" />
          </button>
        )}
        <button class="round card" aria-label={say("remove")} onClick={() => setAsked("remove")}>
          <Icon name="bin" />
        </button>
      </div>
      <Failure error={failure} />
      {asked === "remove" && (
        <Ask
          title={say("removeAsked")}
          yes={say("remove")}
          danger
          onYes={() => void remove()}
          onNo={() => setAsked(null)}
        />
      )}
      {asked === "share" && (
        <ShareSheet
          shared={{ kind: "images", id: picture.id }}
          title={sayGallery("sharePicture")}
          onSend={"canShare" in navigator ? () => void attempt(() => send(picture)) : undefined}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === "again" && (
        <Over title={say("again")} onClose={() => setAsked(null)}>
          <p class="dim">{say("againMeans")}</p>
          <button class="button main big full" onClick={() => void again("new")}>
            {say("anotherTake")}
          </button>
          <button class="button big full" onClick={() => void again("same")}>
            {say("exactlyThis")}
          </button>
        </Over>
      )}
    </>
  );
}

async function send(picture: SignedPicture): Promise<void> {
  const content = await (await fetch(picture.full)).blob();
  const data = { files: [new File([content], nameFor(picture), { type: content.type })] };
  if (!navigator.canShare(data)) return;
  await navigator.share(data).catch((error: Error) => {
    if (error.name !== "AbortError") throw error; // thought better of it
  });
}
