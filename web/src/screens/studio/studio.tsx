// The studio: choose a scene, bring a photo, watch the picture arrive; below, the pictures so far.
import { useEffect, useState } from "preact/hooks";
import type { Generation, Quota } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { dataOf, operation, Refused, sahne } from "../../server/client";
import { login } from "../../stores/login";
import { number, say } from "../../words";
import { Gallery } from "./gallery";
import { PHOTO_TYPES, PhotoChoice } from "./photo";
import "./studio.css";

interface Scene {
  id: string;
  name: string;
  description: string | null;
  category: string;
  thumbnail_url: string | null;
  is_premium: boolean;
}

const LOOK_EVERY_MS = 700;
const SCENES_MAX = 60;
const FINISHED = new Set(["done", "failed", "moderated", "canceled", "expired"]);

export function Studio() {
  const [scenes, setScenes] = useState<Scene[] | null>(null);
  const [scene, setScene] = useState<Scene | null>(null);
  const [photo, setPhoto] = useState<File | null>(null);
  const [quota, setQuota] = useState<Quota | null>(null);
  const [making, setMaking] = useState<Generation | null>(null);
  const [made, setMade] = useState(0);
  const { busy, failure, attempt, fail } = useDoing();

  useEffect(() => void listScenes().then(setScenes, fail), []);

  useEffect(() => {
    operation<"read_quota">("GET", "studio/quota").then(setQuota, fail);
  }, [made]);

  useEffect(() => {
    if (!making) return;
    const timer = setTimeout(() => void look(making.id), LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [making]);

  async function look(id: string) {
    try {
      const { generation } = await operation<"read_generation">("GET", `studio/generations/${id}`);
      if (!FINISHED.has(generation.status)) return setMaking(generation);
      setMaking(null);
      if (generation.status === "done") setMade((count) => count + 1);
      else fail(Refused.by(generation.error_code ?? generation.status));
    } catch (error) {
      setMaking(null);
      fail(error);
    }
  }

  async function make(chosen: Scene, file: File) {
    if (!PHOTO_TYPES.includes(file.type)) throw Refused.by("InvalidMimeType");
    const path = `${login.value!.user.id}/${crypto.randomUUID()}`;
    await dataOf(sahne.storage.from("photos").upload(path, file, { contentType: file.type }));
    const body = { scene_id: chosen.id, photo_path: path };
    const key = crypto.randomUUID();
    const { generation } = await operation<"request_generation">("POST", "studio/generations", body, key);
    setMaking(generation);
  }

  /** A new choice: what was wrong with the one before is no longer said. */
  function anew<T>(choose: (choice: T) => void) {
    return (choice: T) => {
      fail(null);
      choose(choice);
    };
  }

  const working = busy || making !== null;
  return (
    <div class="page studio">
      <h1 class="unseen">{say("studio")}</h1>
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
      <section class="panel bench">
        <PhotoChoice photo={photo} onChoose={anew(setPhoto)} />
        <button
          class="button main"
          disabled={!scene || !photo || working}
          onClick={() => scene && photo && void attempt(() => make(scene, photo))}
        >
          {say(working ? "making" : "make")}
        </button>
        {quota && (
          <small data-testid="quota">
            {quota.is_premium ? say("unlimited") : `${number(quota.remaining)}/${number(quota.limit)} ${say("left")}`}
          </small>
        )}
        {making && <progress max={1} value={making.progress ?? undefined} />}
        <Failure error={failure} />
        <small class="dim">{say("howItIsMade")}</small>
      </section>
      <Gallery made={made} />
    </div>
  );
}

function listScenes(): Promise<Scene[]> {
  return dataOf(
    sahne
      .from("scenes")
      .select("id,name,description,category,thumbnail_url,is_premium")
      .order("order_index")
      .limit(SCENES_MAX),
  );
}
