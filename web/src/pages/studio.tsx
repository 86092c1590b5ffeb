// The studio: choose a scene, bring a photo, watch the picture arrive; below, the pictures so far.
import { useEffect, useState } from "preact/hooks";
import { operation, Refused, sahne, session as login } from "../client";
import { Failure } from "../parts/failure";
import { Gallery, type Picture } from "../parts/gallery";
import { PHOTO_TYPES, PhotoChoice } from "../parts/photo";
import { number, say } from "../words";

interface Scene {
  id: string;
  name: string;
  description: string | null;
  category: string;
  thumbnail_url: string | null;
  is_premium: boolean;
}

interface Quota {
  used: number;
  limit: number;
  remaining: number;
  is_premium: boolean;
}

interface Generation {
  id: string;
  status: "queued" | "running" | "storing" | "done" | "failed" | "moderated" | "canceled" | string;
  progress: number | null;
  error_code?: string | null;
  images: Picture[];
}

const LOOK_EVERY_MS = 700;
const SCENES_MAX = 60;
const FINISHED = new Set(["done", "failed", "moderated", "canceled", "expired"]);

export function StudioPage() {
  const [scenes, setScenes] = useState<Scene[] | null>(null);
  const [scene, setScene] = useState<Scene | null>(null);
  const [photo, setPhoto] = useState<File | null>(null);
  const [quota, setQuota] = useState<Quota | null>(null);
  const [making, setMaking] = useState<Generation | null>(null);
  const [made, setMade] = useState(0);
  const [failure, setFailure] = useState<unknown>(null);
  const busy = making !== null && !FINISHED.has(making.status);

  useEffect(() => {
    void sahne
      .from("scenes")
      .select("id,name,description,category,thumbnail_url,is_premium")
      .order("order_index")
      .limit(SCENES_MAX)
      .then(({ data, error }) => (error ? setFailure(error) : setScenes(data as Scene[])));
  }, []);

  useEffect(() => {
    operation<Quota>("GET", "studio/quota").then(setQuota, setFailure);
  }, [made]);

  useEffect(() => {
    if (!busy) return;
    const look = setTimeout(() => {
      operation<{ generation: Generation }>("GET", `studio/generations/${making.id}`).then(
        ({ generation }) => {
          setMaking(generation);
          if (generation.status === "done") setMade((count) => count + 1);
          else if (FINISHED.has(generation.status)) setFailure(refusal(generation.error_code ?? generation.status));
        },
        (error: unknown) => {
          setMaking(null);
          setFailure(error);
        },
      );
    }, LOOK_EVERY_MS);
    return () => clearTimeout(look);
  }, [making]);

  async function make() {
    setFailure(null);
    if (!PHOTO_TYPES.includes(photo!.type)) return setFailure(refusal("InvalidMimeType"));
    const path = `${login.value!.user.id}/${crypto.randomUUID()}`;
    const { error } = await sahne.storage.from("photos").upload(path, photo!, { contentType: photo!.type });
    if (error) return setFailure(error);
    try {
      const answer = await operation<{ generation: Generation }>(
        "POST",
        "studio/generations",
        { scene_id: scene!.id, photo_path: path },
        crypto.randomUUID(),
      );
      setMaking(answer.generation);
    } catch (error) {
      setFailure(error);
    }
  }

  /** A new choice: what was wrong with the one before is no longer said. */
  function anew<T>(choose: (choice: T) => void) {
    return (choice: T) => {
      setFailure(null);
      choose(choice);
    };
  }

  return (
    <>
      <section>
        <h2>{say("chooseScene")}</h2>
        {scenes?.length === 0 && <p class="empty">{say("noScenes")}</p>}
        <div class="scenes">
          {scenes?.map((each) => (
            <button
              key={each.id}
              class={`scene ${each.category}`}
              data-testid="scene"
              aria-pressed={scene?.id === each.id}
              onClick={() => anew(setScene)(each)}
            >
              {each.thumbnail_url && <img src={each.thumbnail_url} alt="" loading="lazy" />}
              <b>{each.name}</b>
              {each.is_premium && <small class="badge">{say("premium")}</small>}
            </button>
          ))}
        </div>
      </section>
      <section class="card bench">
        <PhotoChoice photo={photo} onChoose={anew(setPhoto)} />
        <button class="main" disabled={!scene || !photo || busy} onClick={() => void make()}>
          {busy ? say("making") : say("make")}
        </button>
        {quota && (
          <small data-testid="quota">{quota.is_premium ? say("unlimited") : `${number(quota.remaining)}/${number(quota.limit)} ${say("left")}`}</small>
        )}
        {busy && <progress max={1} value={making.progress ?? undefined} />}
        <Failure error={failure} />
        <small class="dim">{say("honest")}</small>
      </section>
      <Gallery made={made} />
    </>
  );
}

/** A failure that came as data, or that we see coming. */
function refusal(code: string): Refused {
  return new Refused(code, code, null);
}
