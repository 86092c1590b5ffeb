// What one wants to hear of, and where; and when phones are left alone. Each change is kept at once.
import { useEffect, useState } from "preact/hooks";
import type { Operations, Preferences } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Switch } from "../../parts/switch";
import { operation } from "../../server/client";
import { say } from "../../words";
import { sayOfNotices } from "../../words/notices";
import { Devices } from "./devices";
import { PushHere } from "./push-here";
import "./notices.css";

type Category = keyof Preferences["categories"];
type Way = keyof Preferences["categories"]["calls"];
type Edit = Operations["change_notice_preferences"]["body"];

const WAYS: readonly Way[] = ["app", "push", "mail"];
const CATEGORIES: readonly Category[] = [
  "calls",
  "gifts",
  "followers",
  "subscriptions",
  "live",
  "reminders",
  "pictures",
  "moderation",
  "security",
];
const QUIET_FIRST = { starts: "23:00", ends: "08:00" };

export function NoticeSettings() {
  const [wanted, setWanted] = useState<Preferences>();
  const [looks, setLooks] = useState(0);
  const look = () => setLooks(looks + 1);
  const { failure, attempt } = useDoing();
  const load = () =>
    attempt(async () => setWanted((await operation<"notice_preferences">("GET", "notices/preferences")).preferences));
  useEffect(() => void load(), []);

  /** Shown at once; what was refused is as it was. */
  async function change(shown: Preferences, edit: Edit) {
    const before = wanted;
    setWanted(shown);
    const done = await attempt(async () => {
      const answer = await operation<"change_notice_preferences">("PATCH", "notices/preferences", edit);
      setWanted(answer.preferences);
    });
    if (!done) setWanted(before);
  }

  function turn(category: Category, way: Way, on: boolean) {
    const categories = { ...wanted!.categories, [category]: { ...wanted!.categories[category], [way]: on } };
    void change({ ...wanted!, categories }, { categories: { [category]: { [way]: on } } });
  }

  function keepQuiet(hours: { starts: string; ends: string } | null) {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const quiet_hours = hours && { ...hours, time_zone };
    void change({ ...wanted!, quiet_hours }, { quiet_hours });
  }

  return (
    <div class="page me notice-settings">
      <Heading title={sayOfNotices("settings")} back="/notices" />
      <p class="dim">{sayOfNotices("settingsMean")}</p>
      <PushHere onTurned={look} />
      <Devices key={looks} onForgotten={look} />
      <Failure error={failure} retry={wanted ? undefined : () => void load()} />
      {!wanted && !failure && <span class="skeleton notices-to-come" role="status" aria-label={say("loading")} />}
      {wanted && (
        <>
          <section class="panel">
            <Ways categories={wanted.categories} turn={turn} />
          </section>
          <QuietHours hours={wanted.quiet_hours} keep={keepQuiet} />
        </>
      )}
    </div>
  );
}

interface Turned {
  categories: Preferences["categories"];
  turn: (category: Category, way: Way, on: boolean) => void;
}

function Ways({ categories, turn }: Turned) {
  return (
    <table>
      <caption class="unseen">{sayOfNotices("ways")}</caption>
      <thead>
        <tr>
          <td />
          {WAYS.map((way) => (
            <th key={way} scope="col">
              {sayOfNotices(way)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {CATEGORIES.map((category) => (
          <tr key={category}>
            <th scope="row">{sayOfNotices(category)}</th>
            {WAYS.map((way) => (
              <td key={way}>
                <label title={isFixed(category, way) ? sayOfNotices("always") : undefined}>
                  <span class="unseen">
                    {sayOfNotices(category)}: {sayOfNotices(way)}
                  </span>
                  <input
                    type="checkbox"
                    checked={categories[category][way]}
                    disabled={isFixed(category, way)}
                    onChange={({ currentTarget }) => turn(category, way, currentTarget.checked)}
                  />
                </label>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const isFixed = (category: Category, way: Way) => category === "security" && way === "mail";

interface Kept {
  hours: Preferences["quiet_hours"];
  keep: (hours: { starts: string; ends: string } | null) => void;
}

function QuietHours({ hours, keep }: Kept) {
  return (
    <section class="panel" aria-label={sayOfNotices("quietHours")}>
      <Switch
        name={sayOfNotices("quietHours")}
        means={sayOfNotices("quietMeans")}
        on={hours !== null}
        onTurn={(on) => keep(on ? QUIET_FIRST : null)}
      />
      {hours && (
        <div class="hours">
          {(["starts", "ends"] as const).map((end) => (
            <div class="field" key={end}>
              <label>
                {sayOfNotices(end)}
                <input
                  type="time"
                  value={hours[end]}
                  required
                  onChange={({ currentTarget }) => {
                    if (currentTarget.value)
                      keep({ starts: hours.starts, ends: hours.ends, [end]: currentTarget.value });
                  }}
                />
              </label>
            </div>
          ))}
        </div>
      )}
    </section>
  );
}
