// The studio: bring a photo, choose a scene, see what became of it; and the pictures so far. On a phone a step at a time,
// where there is room photo and scenes side by side.
import { useEffect } from "preact/hooks";
import { place } from "../../frame/place";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { connection, returns } from "../../server/connection";
import { wide } from "../../stores/look";
import { readQuota, readScenes } from "../../stores/scenes";
import { say } from "../../words";
import { Gallery } from "./gallery";
import { Lately } from "./lately";
import { PhotoStep } from "./photo-step";
import { Result } from "./result";
import { SceneStep } from "./scene-step";
import { Left, Progress } from "./steps";
import "./studio.css";

export function Studio() {
  const [, step, picture] = place.value;
  const { failure, attempt } = useDoing();
  const load = () => attempt(() => Promise.all([readScenes(), readQuota()]));
  useEffect(() => void load(), [returns.value]);

  if (step === "pictures") return <Gallery shownId={picture} />;
  if (step === "result") return <Result />;
  const broken = connection.value !== "gone" && <Failure error={failure} retry={() => void load()} />;
  if (wide.value) {
    return (
      <div class="page studio">
        <Heading title={say("studio")} aside={<Left />} />
        {broken}
        <div class="two">
          <div class="first">
            <PhotoStep />
          </div>
          <SceneStep />
        </div>
        <Lately />
      </div>
    );
  }
  if (step === "scenes") {
    return (
      <div class="page studio">
        {broken}
        <SceneStep />
      </div>
    );
  }
  return (
    <div class="page studio">
      <Heading title={say("studio")} aside={<Left />} />
      <Progress at={1} />
      {broken}
      <PhotoStep />
      <Lately />
    </div>
  );
}
