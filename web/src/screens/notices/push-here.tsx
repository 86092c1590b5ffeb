// Whether this browser tells one too: why is said before the browser asks. Nothing where no pushes are sent, or none can be shown.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Switch } from "../../parts/switch";
import { type PushStanding, readPush, turnPushOff, turnPushOn } from "../../stores/push";
import { type NoticeWord, sayOfNotices } from "../../words/notices";

const MEANS: Record<Exclude<PushStanding, "impossible">, NoticeWord> = {
  "from-home-screen": "pushFromHomeScreen",
  refused: "pushRefused",
  off: "pushMeans",
  on: "pushIsOn",
};

export function PushHere({ onTurned }: { onTurned: () => void }) {
  const [standing, setStanding] = useState<PushStanding>("impossible");
  const { busy, failure, attempt } = useDoing();
  const become = (next: () => Promise<PushStanding>) => attempt(async () => setStanding(await next()));
  useEffect(() => void become(readPush), []);
  if (standing === "impossible") return null;
  const isOn = standing === "on";
  return (
    <section class="panel" aria-label={sayOfNotices("pushHere")} data-testid="push-here">
      <Switch
        name={sayOfNotices("pushHere")}
        means={sayOfNotices(MEANS[standing])}
        on={isOn}
        disabled={busy || (!isOn && standing !== "off")}
        onTurn={(on) => void become(on ? turnPushOn : turnPushOff).then(onTurned)}
      />
      <Failure error={failure} />
    </section>
  );
}
