// One's finished pictures, newest first: all, the liked ones, those of a kind of scene; a tap shows one large.
import { useEffect, useState } from "preact/hooks";
import { go, goInstead } from "../../frame/place";
import { Chips } from "../../parts/chips";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { returns } from "../../server/connection";
import { listPictures, PICTURES_MAX, type SignedPicture } from "../../stores/pictures";
import { categories } from "../../stores/scenes";
import { say } from "../../words";
import { categoryName } from "../../words/scenes";
import { labelOf } from "./picture";
import { Viewer } from "./viewer";
import "./gallery.css";

const SKELETONS = 9;

export function Gallery({ shownId }: { shownId: string | undefined }) {
  const [filter, setFilter] = useState("all");
  const [pictures, setPictures] = useState<SignedPicture[]>();
  const [more, setMore] = useState(false);
  const { busy, failure, attempt } = useDoing();
  const at = pictures?.findIndex((picture) => picture.id === shownId) ?? -1;

  function load(known: SignedPicture[] = []) {
    const favorites = filter === "favorites";
    const category = favorites || filter === "all" ? undefined : filter;
    return attempt(async () => {
      const next = await listPictures({ favorites, category, before: known.at(-1)?.created_at });
      setPictures([...known, ...next]);
      setMore(next.length === PICTURES_MAX);
    });
  }

  useEffect(() => void load(), [filter, returns.value]);

  const change = (changed: SignedPicture) =>
    setPictures((all) => all?.map((each) => (each.id === changed.id ? changed : each)));
  const removed = (id: string) => setPictures((all) => all?.filter((each) => each.id !== id));

  return (
    <div class="page studio">
      <Heading title={say("myPictures")} back="/studio" />
      <Chips
        name={say("filter")}
        value={filter}
        options={[
          { value: "all", label: say("all") },
          { value: "favorites", label: say("favorites") },
          ...categories.value.map((each) => ({ value: each.slug, label: categoryName(each) })),
        ]}
        onChoose={setFilter}
      />
      <Failure error={failure} retry={() => void load()} />
      {pictures?.length === 0 && <Nothing all={filter === "all"} />}
      <div class="gallery" aria-busy={!pictures && busy}>
        {!pictures && Array.from({ length: SKELETONS }, (_, index) => <span key={index} class="skeleton" />)}
        {pictures?.map((picture) => (
          <button
            key={picture.id}
            class="thumbnail"
            onClick={() => go(`/studio/pictures/${picture.id}`)}
            aria-label={labelOf(picture)}
          >
            <img src={picture.small} alt="" data-testid="finished" />
            {picture.is_favorite && <Icon name="heart" filled />}
          </button>
        ))}
      </div>
      {more && (
        <button class="button" disabled={busy} onClick={() => void load(pictures)}>
          {say("showMore")}
        </button>
      )}
      {pictures && at >= 0 && (
        <Viewer
          pictures={pictures}
          first={at}
          onChange={change}
          onRemoved={removed}
          onClose={() => goInstead("/studio/pictures")}
        />
      )}
    </div>
  );
}

function Nothing({ all }: { all: boolean }) {
  return (
    <Empty title={say(all ? "noPictures" : "noneOfThese")}>
      {all && (
        <a class="button main" href="#/studio">
          <Icon name="studio" />
          {say("makeFirst")}
        </a>
      )}
    </Empty>
  );
}
