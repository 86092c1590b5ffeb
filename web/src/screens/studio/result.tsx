// The third step: the picture comes into being, and then is there, large, over the photo it was made of.
import { useEffect, useState } from "preact/hooks";
import { go, goInstead } from "../../frame/place";
import { BeforeAfter } from "../../parts/before-after";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { callOff, type Making, making, putAway } from "../../stores/making";
import type { SignedPicture } from "../../stores/pictures";
import { quota, scenes } from "../../stores/scenes";
import { duration, number, say } from "../../words";
import { sayGallery } from "../../words/gallery";
import { sceneName } from "../../words/scenes";
import { Actions } from "./actions";
import { photo, scene } from "./bench";
import { shapeOf } from "./picture";
import { SceneTile } from "./scene-tile";
import { Left, Progress } from "./steps";
import "./result.css";

const OTHERS = 8;

export function Result() {
  const made = making.value;
  useEffect(() => {
    if (!making.value) goInstead("/studio/pictures"); // a reload: what was made hangs there
  }, []);
  if (!made) return null;
  if (made.failure) return <Failed made={made} />;
  return made.pictures.length === 0 ? <Developing made={made} /> : <Finished made={made} />;
}

function leave(to: string): void {
  goInstead(to);
  putAway();
}

function Developing({ made }: { made: Making }) {
  const { busy, failure, attempt } = useDoing();
  const { progress, ahead, estimate } = made.generation;

  async function cancel() {
    const done = await attempt(callOff);
    if (done) leave(photo.value ? "/studio/scenes" : "/studio");
  }

  return (
    <div class="page studio result">
      <Heading title={titleOf(made)} hint={say("makingHint")} back="/studio" />
      <Progress at={3} />
      <div class="developing" style={{ "--done": `${progress}%` }}>
        <img src={made.photo} alt="" />
        <span class="curtain-up" />
        <p role="status">
          <b>{ahead ? say("inLine", { count: number(ahead) }) : say("making")}</b>
          <span class="count">{estimate && progress === 0 ? lasting(estimate) : `${number(progress)} %`}</span>
        </p>
        <progress class="unseen" max={100} value={progress} aria-label={say("making")} />
      </div>
      <Failure error={failure} />
      <button class="button full" disabled={busy} onClick={() => void cancel()}>
        {say("callItOff")}
      </button>
    </div>
  );
}

/** Between which seconds it will be done. */
function lasting({ seconds_min, seconds_max }: NonNullable<Making["generation"]["estimate"]>): string {
  const to = duration(seconds_max);
  return seconds_min < seconds_max && seconds_max < 60
    ? sayGallery("aboutSeconds", { from: number(seconds_min), to })
    : sayGallery("about", { to });
}

function Failed({ made }: { made: Making }) {
  return (
    <div class="page studio result">
      <Heading title={titleOf(made)} back="/studio" aside={<Left />} />
      <div class="developing failed">
        <img src={made.photo} alt="" />
      </div>
      <Failure error={made.failure} />
      <p class="dim">{say("rightCameBack")}</p>
      <button class="button main big full" onClick={() => goInstead(photo.value ? "/studio/scenes" : "/studio")}>
        {say("retry")}
      </button>
      <a class="button full" href="#/studio">
        {say("anotherPhoto")}
      </a>
    </div>
  );
}

function Finished({ made }: { made: Making }) {
  const [at, setAt] = useState(0);
  const picture = made.pictures[Math.min(at, made.pictures.length - 1)]!;

  const change = (changed: SignedPicture) =>
    (making.value = { ...made, pictures: made.pictures.map((each) => (each.id === changed.id ? changed : each)) });

  function removed() {
    const pictures = made.pictures.filter((each) => each.id !== picture.id);
    if (pictures.length > 0) making.value = { ...made, pictures };
    else leave("/studio");
  }

  return (
    <div class="page studio result">
      <Heading
        title={picture.scene ? sceneName(picture.scene) : titleOf(made)}
        hint={say("madeIn", { time: duration(made.seconds) })}
        back="/studio"
        aside={<Left />}
      />
      <div class="shown">
        <BeforeAfter
          key={picture.id}
          before={made.photo}
          after={picture.full}
          shape={shapeOf(picture)}
          alt={titleOf(made)}
        />
      </div>
      <div class="beside">
        {made.pictures.length > 1 && (
          <div class="takes">
            {made.pictures.map((each, index) => (
              <button
                key={each.id}
                aria-pressed={each === picture}
                aria-label={say("pictureOf", { at: number(index + 1), of: number(made.pictures.length) })}
                onClick={() => setAt(index)}
              >
                <img src={each.small} alt="" />
              </button>
            ))}
          </div>
        )}
        <Actions picture={picture} onChange={change} onRemoved={removed} />
        {photo.value && <Others current={made} />}
        <a class="button full" href="#/studio/pictures">
          <Icon name="image" />
          {say("myPictures")}
        </a>
      </div>
    </div>
  );
}

/** The same photo, another scene. */
function Others({ current }: { current: Making }) {
  const others = scenes.value?.filter(
    (each) => each.id !== current.scene?.id && (!each.is_premium || quota.value?.is_premium),
  );
  if (!others?.length) return null;
  return (
    <section class="other-scenes">
      <h2>{say("sameOther")}</h2>
      <div>
        {others.slice(0, OTHERS).map((each) => (
          <SceneTile
            key={each.id}
            scene={each}
            onChoose={() => {
              scene.value = each;
              go("/studio/scenes");
            }}
          />
        ))}
      </div>
    </section>
  );
}

function titleOf(made: Making): string {
  return made.scene ? sceneName(made.scene) : say("picture");
}
