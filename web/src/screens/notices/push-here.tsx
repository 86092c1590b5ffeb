// Whether this browser tells one too: why is said before the browser asks. Nothing where no pushes are sent, or none can be shown.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Switch } from "../../parts/switch";
import type { PushStanding } from "../../stores/push";
import { type NoticeWord, sayOfNotices } from "../../words/notices";

/** In no other way: what two ask for in two ways comes in more pieces. */
const push = () => import("../../stores/push");

const MEANS: Record<Exclude<PushStanding, "impossible">, NoticeWord> = {
  "from-home-screen": "pushFromHomeScreen",
  refused: "pushRefused",
  off: "pushMeans",
  on: "pushIsOn",
};

export function PushHere({ onTurned }: { onTurned: () => void }) {
  const [standing, setStanding] = useState<PushStanding>("impossible");
  const { busy, failure, attempt } = useDoing();
  const become = (next: Promise<PushStanding>) => attempt(async () => setStanding(await next));
  useEffect(() => void become(push().then((file) => file.readPush())), []);
  if (standing === "impossible") return null;
  const isOn = standing === "on";
  return (
    <section class="panel" aria-label={sayOfNotices("pushHere")} data-testid="push-here">
      <Switch
        name={sayOfNotices("pushHere")}
        means={sayOfNotices(MEANS[standing])}
        on={isOn}
        disabled={busy || (!isOn && standing !== "off")}
        onTurn={(on) => void become(push().then((file) => file.turnPush(on))).then(onTurned)}
      />
      <Failure error={failure} />
    </section>
  );
}
