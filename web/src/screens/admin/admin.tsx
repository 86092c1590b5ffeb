// What an admin looks at: people, pictures and coins of the last days, a part each; and what is kept and decided here: scenes,
// reports, appeals. Who is one the server says, in their profile and again with each answer.
import { place } from "../../frame/place";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { later } from "../../parts/later";
import { Segments } from "../../parts/segments";
import { operation } from "../../server/client";
import { profile } from "../../stores/login";
import { type AdminWord, sayOfAdmin } from "../../words/admin";
import { Nowhere } from "../nowhere";
import { useAsked } from "./asked";
import { RANGES, type Range, range } from "./range";
import "./admin.css";

const People = later(() => import("./people").then((file) => file.People));
const Pictures = later(() => import("./pictures").then((file) => file.Pictures));
const Coins = later(() => import("./coins").then((file) => file.Coins));

const Scenes = later(() => import("./scenes/scenes").then((file) => file.Scenes));
const Reports = later(() => import("./desk/reports").then((file) => file.Reports));
const Appeals = later(() => import("./desk/appeals").then((file) => file.Appeals));
const Categories = later(() => import("./scenes/categories").then((file) => file.Categories));
const Log = later(() => import("./scenes/log").then((file) => file.Log));
const Users = later(() => import("./desk/users").then((file) => file.Users));
const Webhooks = later(() => import("./webhooks/webhooks").then((file) => file.Webhooks));
const WebhookPage = later(() => import("./webhooks/webhook").then((file) => file.WebhookPage));
const SceneEditor = later(() => import("./scenes/editor").then((file) => file.SceneEditor));

const PARTS = { people: People, pictures: Pictures, coins: Coins } as const;
type Part = keyof typeof PARTS;
const NAMES = [
  "people",
  "pictures",
  "coins",
  "scenes",
  "reports",
  "appeals",
  "users",
  "webhooks",
] as const satisfies AdminWord[];

export function Admin() {
  const [, part = "people", id] = place.value;
  if (profile.value?.role !== "admin" || !NAMES.includes(part as (typeof NAMES)[number])) return <Nowhere />;
  if (part === "scenes" && id) {
    return (
      <div class="page admin">
        <Heading title={sayOfAdmin(id === "categories" || id === "log" ? id : "scene")} back="/admin/scenes" />
        <OfScenes id={id} />
      </div>
    );
  }
  if (part === "webhooks" && id) {
    return (
      <div class="page admin">
        <Heading title={sayOfAdmin("webhook")} back="/admin/webhooks" />
        <WebhookPage key={id} id={id} />
      </div>
    );
  }
  return (
    <div class="page admin">
      <Heading title={sayOfAdmin("admin")} back="/me" />
      <nav class="parts" aria-label={sayOfAdmin("sections")}>
        {NAMES.map((name) => (
          <a key={name} href={`#/admin/${name}`} aria-current={name === part ? "page" : undefined}>
            {sayOfAdmin(name)}
          </a>
        ))}
      </nav>
      {part === "scenes" && <Scenes />}
      {part === "reports" && <Reports />}
      {part === "appeals" && <Appeals />}
      {part === "users" && <Users />}
      {part === "webhooks" && <Webhooks />}
      {part in PARTS && <Figures part={part as Part} />}
    </div>
  );
}

function OfScenes({ id }: { id: string }) {
  if (id === "categories") return <Categories />;
  if (id === "log") return <Log />;
  return <SceneEditor key={id} id={id} />;
}

function Figures({ part }: { part: Part }) {
  const days = Number(range.value);
  // the days are the house's, so that its zone is known before anything is drawn
  const { answer, failure, again } = useAsked(`overview ${days}`, async () => ({
    days,
    overview: await operation<"overview">("GET", `analytics/overview?days=${days}`),
  }));
  const Shown = PARTS[part];
  return (
    <>
      <Segments
        name={sayOfAdmin("range")}
        value={range.value}
        options={RANGES.map((each) => ({ value: each, label: sayOfAdmin("lastDays", { days: each }) }))}
        onChoose={(chosen: Range) => (range.value = chosen)}
      />
      <Failure error={failure} retry={again} />
      {answer && <Shown {...answer} />}
      {!answer && !failure && <Coming />}
      {answer && <small class="dim">{sayOfAdmin("zone", { zone: answer.overview.time_zone })}</small>}
    </>
  );
}

function Coming() {
  return (
    <div class="figures" aria-busy="true">
      {[1, 2].map((each) => (
        <div key={each} class="skeleton" aria-label={sayOfAdmin("loading")} role="img" />
      ))}
    </div>
  );
}
