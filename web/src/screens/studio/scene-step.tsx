// The second step: which scene, in which shape, how many; one button that says all of it.
import { useState } from "preact/hooks";
import { go } from "../../frame/place";
import { Chips } from "../../parts/chips";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { Ask, Over } from "../../parts/sheet";
import { agreeTo, textToAgreeTo } from "../../stores/consent";
import { wide } from "../../stores/look";
import { isMaking } from "../../stores/making";
import { categories, quota, type Scene, scenes } from "../../stores/scenes";
import { number, say } from "../../words";
import { sayOfConsent } from "../../words/consent";
import { sayGallery } from "../../words/gallery";
import { categoryName, sceneName } from "../../words/scenes";
import {
  batch,
  choose,
  chosenScenes,
  count,
  countMax,
  photo,
  SHAPES,
  type Shape,
  scene,
  scenesMax,
  send,
  shape,
} from "./bench";
import { SceneTile } from "./scene-tile";
import { Progress } from "./steps";
import { WhoMakes } from "./who-makes";
import "./scene-step.css";

const SKELETONS = 9;

export function SceneStep() {
  const [category, setCategory] = useState("all");
  const [locked, setLocked] = useState<Scene | null>(null);
  const all = scenes.value;
  const groups = categories.value.filter((each) => all?.some((one) => one.category === each.slug));
  const shown = all?.filter((each) => category === "all" || each.category === category);
  const mayUse = (each: Scene) => !each.is_premium || quota.value?.is_premium === true;

  return (
    <section class="choosing" aria-label={say("chooseScene")}>
      {!wide.value && (
        <>
          <Heading
            title={say("chooseScene")}
            back="/studio"
            aside={photo.value && <img class="held" src={photo.value.url} alt={say("yourPhoto")} />}
          />
          <Progress at={2} />
        </>
      )}
      {groups.length > 1 && (
        <Chips
          name={say("kind")}
          value={category}
          options={[
            { value: "all", label: say("all") },
            ...groups.map((each) => ({ value: each.slug, label: categoryName(each) })),
          ]}
          onChoose={setCategory}
        />
      )}
      <div class="one-or-several">
        <button class="button small" aria-pressed={batch.value !== null} onClick={several}>
          <Icon name="check" small />
          {sayGallery("several")}
        </button>
        {batch.value && <small class="dim">{sayGallery("chooseSeveral", { count: number(scenesMax()) })}</small>}
      </div>
      {all?.length === 0 && <p class="dim">{say("noScenes")}</p>}
      <div class="scenes" aria-busy={!all}>
        {!all && Array.from({ length: SKELETONS }, (_, index) => <span key={index} class="skeleton" />)}
        {shown?.map((each) => (
          <SceneTile
            key={each.id}
            scene={each}
            locked={!mayUse(each)}
            chosen={chosenScenes().includes(each)}
            onChoose={() => (mayUse(each) ? choose(each) : setLocked(each))}
          />
        ))}
      </div>
      <Order />
      {locked && <PremiumSheet scene={locked} onClose={() => setLocked(null)} />}
    </section>
  );
}

/** What was chosen so far stays chosen. */
function several(): void {
  if (batch.value) {
    scene.value = batch.value[0] ?? scene.value;
    batch.value = null;
  } else batch.value = scene.value ? [scene.value] : [];
}

/** Shape, number, and the button. */
function Order() {
  const [doubted, setDoubted] = useState(false);
  const [text, setText] = useState<string | null>(null); // to be agreed to before the photo is kept
  const { busy, failure, attempt } = useDoing();
  const many = Math.min(count.value, countMax());

  async function order() {
    setDoubted(false);
    let unsaid: string | null = null;
    const asked = await attempt(async () => {
      unsaid = await textToAgreeTo();
      if (!unsaid) await send();
    });
    if (unsaid) setText(unsaid);
    else if (asked) go("/studio/result");
  }

  async function agree(to: string) {
    setText(null);
    if (await attempt(() => agreeTo(to))) await order();
  }

  return (
    <div class="order">
      <Failure error={failure} />
      <div class="order-options">
        <Segments
          name={say("shape")}
          value={shape.value}
          options={(Object.keys(SHAPES) as Shape[]).map((each) => ({ value: each, label: each }))}
          onChoose={(chosen) => (shape.value = chosen)}
        />
        <fieldset class="stepper">
          <legend class="unseen">{say("howMany")}</legend>
          <button class="round" disabled={many <= 1} aria-label={say("fewer")} onClick={() => (count.value = many - 1)}>
            <Icon name="less" small />
          </button>
          <output>{pictures(many)}</output>
          <button
            class="round"
            disabled={many >= countMax()}
            aria-label={say("moreOf")}
            onClick={() => (count.value = many + 1)}
          >
            <Icon name="plus" small />
          </button>
        </fieldset>
      </div>
      {chosenScenes().length > 0 && <WhoMakes sceneIds={chosenScenes().map((each) => each.id)} />}
      <Go busy={busy} many={many} onGo={() => (photo.value?.glance.faces === 0 ? setDoubted(true) : void order())} />
      {quota.value && !quota.value.is_premium && quota.value.remaining > 0 && (
        <p class="small-note">
          {say("usesOf", {
            count: number(many * Math.max(1, chosenScenes().length)),
            left: number(quota.value.remaining),
          })}
        </p>
      )}
      {doubted && (
        <Ask title={say("noFaceAsked")} yes={say("useIt")} onYes={() => void order()} onNo={() => setDoubted(false)}>
          {say("noFaceMeans")}
        </Ask>
      )}
      {text && (
        <Ask
          title={sayOfConsent("consentAsked")}
          yes={sayOfConsent("consentYes")}
          onYes={() => void agree(text)}
          onNo={() => setText(null)}
        >
          {sayOfConsent("consentMeans")}
        </Ask>
      )}
    </div>
  );
}

/** Why it cannot be pressed stands on it. */
function Go({ busy, many, onGo }: { busy: boolean; many: number; onGo: () => void }) {
  if (isMaking()) {
    return (
      <a class="button main big full" href="#/studio/result">
        {say("making")}
      </a>
    );
  }
  if (!photo.value && !wide.value) {
    return (
      <a class="button main big full" href="#/studio">
        {say("bringPhotoFirst")}
      </a>
    );
  }
  const empty = quota.value?.remaining === 0;
  const ready = Boolean(photo.value && chosenScenes().length > 0 && !empty && !busy);
  return (
    <button class="button main big full" data-testid="make" disabled={!ready} onClick={onGo}>
      <Icon name="spark" />
      {busy ? say("sending") : labelOf(empty, many)}
    </button>
  );
}

function labelOf(empty: boolean, many: number): string {
  if (empty) return say("newOnesTomorrow");
  if (!photo.value) return say("bringPhotoFirst");
  const [first, ...others] = chosenScenes();
  if (!first) return say("chooseScene");
  const name = others.length ? sayGallery("scenesChosen", { count: number(others.length + 1) }) : sceneName(first);
  return `${name}, ${pictures(many * (others.length + 1))}`;
}

function pictures(many: number): string {
  return say(many === 1 ? "onePicture" : "manyPictures", { count: number(many) });
}

function PremiumSheet({ scene: wanted, onClose }: { scene: Scene; onClose: () => void }) {
  return (
    <Over title={sceneName(wanted)} onClose={onClose}>
      <div class="premium">
        {wanted.thumbnail_url && <img src={wanted.thumbnail_url} alt="" />}
        <ul>
          {(["premiumScenes", "premiumMany"] as const).map((each) => (
            <li key={each}>
              <Icon name="crown" small filled />
              {say(each)}
            </li>
          ))}
        </ul>
      </div>
      <p class="dim">{say("premiumHow")}</p>
      <button class="button big full" onClick={onClose}>
        {say("otherScene")}
      </button>
    </Over>
  );
}
