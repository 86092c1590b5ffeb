// One's finished pictures: all, the liked ones, those of a collection or a kind of scene, or of a scene by its name; a tap
// shows one large, or chooses it where several are chosen.
import { useEffect, useState } from "preact/hooks";
import { go, goInstead } from "../../frame/place";
import { Chips } from "../../parts/chips";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { returns } from "../../server/connection";
import { collections, type Filter, readCollections, readPage } from "../../stores/gallery";
import type { SignedPicture } from "../../stores/pictures";
import { categories } from "../../stores/scenes";
import { say } from "../../words";
import { sayGallery } from "../../words/gallery";
import { categoryName } from "../../words/scenes";
import { CollectionHead } from "./collection-head";
import { labelOf } from "./picture";
import { Selection } from "./selection";
import { Viewer } from "./viewer";
import "./gallery.css";

const SKELETONS = 9;
const ASKED_AFTER_MS = 250;
const OF_COLLECTION = "collection:";

export function Gallery({ shownId }: { shownId: string | undefined }) {
  const [filter, setFilter] = useState("all");
  const [words, setWords] = useState("");
  const [order, setOrder] = useState<Filter["order"]>("newest");
  const [pictures, setPictures] = useState<SignedPicture[]>();
  const [next, setNext] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string[] | null>(null);
  const { busy, failure, attempt } = useDoing();
  const at = pictures?.findIndex((picture) => picture.id === shownId) ?? -1;
  const collection = collections.value.find((each) => OF_COLLECTION + each.id === filter);
  const looked = filter === "all" && !words.trim();

  function load(known: SignedPicture[] = [], after: string | null = null) {
    const asked: Filter = { order, words: words.trim() };
    if (filter === "favorites") asked.favorites = true;
    else if (filter.startsWith(OF_COLLECTION)) asked.collection = filter.slice(OF_COLLECTION.length);
    else if (filter !== "all") asked.category = filter;
    return attempt(async () => {
      const page = await readPage(asked, after);
      setPictures([...known, ...page.pictures]);
      setNext(page.next);
    });
  }

  useEffect(() => {
    const timer = setTimeout(() => void load(), words ? ASKED_AFTER_MS : 0);
    return () => clearTimeout(timer);
  }, [filter, order, words, returns.value]);
  useEffect(() => void readCollections().catch(() => {}), [returns.value]); // without them the pictures are there still

  const change = (changed: SignedPicture) =>
    setPictures((all) => all?.map((each) => (each.id === changed.id ? changed : each)));
  const removed = (ids: string[]) => setPictures((all) => all?.filter((each) => !ids.includes(each.id)));

  function tap(id: string) {
    if (!chosen) return go(`/studio/pictures/${id}`);
    setChosen(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  }

  return (
    <div class="page studio">
      <Heading
        title={say("myPictures")}
        back="/studio"
        aside={
          <button class="button small" aria-pressed={chosen !== null} onClick={() => setChosen(chosen ? null : [])}>
            {sayGallery(chosen ? "done" : "select")}
          </button>
        }
      />
      <div class="gallery-find">
        <search class="gallery-search">
          <Icon name="search" small />
          <input
            type="search"
            value={words}
            maxLength={60}
            placeholder={sayGallery("find")}
            aria-label={sayGallery("find")}
            onInput={({ currentTarget }) => setWords(currentTarget.value)}
          />
        </search>
        <button class="button small" onClick={() => setOrder(order === "newest" ? "oldest" : "newest")}>
          {sayGallery(order)}
        </button>
      </div>
      <Chips
        name={say("filter")}
        value={filter}
        options={[
          { value: "all", label: say("all") },
          { value: "favorites", label: say("favorites") },
          ...collections.value.map((each) => ({ value: OF_COLLECTION + each.id, label: each.name })),
          ...categories.value.map((each) => ({ value: each.slug, label: categoryName(each) })),
        ]}
        onChoose={(value) => {
          setFilter(value);
          setChosen((some) => some && []);
        }}
      />
      {collection && <CollectionHead collection={collection} onDropped={() => setFilter("all")} />}
      <Failure error={failure} retry={() => void load()} />
      {pictures?.length === 0 && <Nothing all={looked} />}
      <div class="gallery" aria-busy={!pictures && busy}>
        {!pictures && Array.from({ length: SKELETONS }, (_, index) => <span key={index} class="skeleton" />)}
        {pictures?.map((picture) => (
          <button
            key={picture.id}
            class="thumbnail"
            onClick={() => tap(picture.id)}
            aria-label={labelOf(picture)}
            aria-pressed={chosen ? chosen.includes(picture.id) : undefined}
          >
            <img src={picture.small} alt="" data-testid="finished" />
            {picture.is_favorite && <Icon name="heart" filled />}
            {chosen && <span class="picked">{chosen.includes(picture.id) && <Icon name="check" small />}</span>}
          </button>
        ))}
      </div>
      {next && (
        <button class="button" disabled={busy} onClick={() => void load(pictures, next)}>
          {say("showMore")}
        </button>
      )}
      {chosen && chosen.length > 0 && (
        <Selection
          pictures={pictures?.filter((each) => chosen.includes(each.id)) ?? []}
          collection={collection}
          onChange={change}
          onRemoved={removed}
          onDone={() => setChosen(null)}
        />
      )}
      {pictures && at >= 0 && (
        <Viewer
          pictures={pictures}
          first={at}
          onChange={change}
          onRemoved={(id) => removed([id])}
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
