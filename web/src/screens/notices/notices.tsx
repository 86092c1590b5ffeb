// What one was told, newest first: what is unread stands out, what happened often is one line. By its id a notice leads on to
// where it is about, as from a push.
import { useEffect } from "preact/hooks";
import { goInstead } from "../../frame/place";
import type { Notice } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon, type IconName } from "../../parts/icons";
import { hasMore, markRead, notices, people, readNotices } from "../../stores/notices";
import { unread } from "../../stores/unread";
import { number, say, when } from "../../words";
import { hasWord, sayOfNotices } from "../../words/notices";
import "./notices.css";

const ICONS: Record<NonNullable<Notice["category"]>, IconName> = {
  calls: "phone",
  gifts: "gift",
  followers: "me",
  subscriptions: "crown",
  live: "live",
  reminders: "bell",
  pictures: "image",
  moderation: "moderator",
  security: "lock",
};

export function Notices({ id }: { id?: string | undefined }) {
  const { busy, failure, attempt } = useDoing();
  const load = (more = false) => attempt(() => readNotices(more));
  useEffect(() => void load().then((done) => done && id && leadOn(id)), [id]);
  const rows = notices.value;
  return (
    <div class="page notices">
      <Heading
        title={sayOfNotices("notices")}
        hint={unread.value > 0 ? sayOfNotices("unread", { count: number(unread.value) }) : undefined}
        aside={
          <a class="round" href="#/notices/settings" aria-label={sayOfNotices("settings")}>
            <Icon name="settings" />
          </a>
        }
      />
      {unread.value > 0 && (
        <button type="button" class="button soft" onClick={() => void attempt(() => markRead())}>
          <Icon name="check" />
          {sayOfNotices("allRead")}
        </button>
      )}
      <Failure error={failure} retry={() => void load()} />
      {!rows && !failure && <span class="skeleton notices-to-come" role="status" aria-label={say("loading")} />}
      {rows?.length === 0 && (
        <Empty title={sayOfNotices("none")}>
          <p class="dim">{sayOfNotices("noneMeans")}</p>
        </Empty>
      )}
      {rows && rows.length > 0 && (
        <ul class="listing" data-testid="notices">
          {rows.map((row) => (
            <Line key={row.id} row={row} />
          ))}
        </ul>
      )}
      {rows && hasMore() && (
        <button type="button" class="button full" disabled={busy} onClick={() => void load(true)}>
          {sayOfNotices("more")}
        </button>
      )}
    </div>
  );
}

function leadOn(id: string): void {
  const row = notices.value?.find((each) => each.id === id);
  if (row && !row.read_at) void markRead(id).catch(() => {});
  goInstead(row ? placeOf(row) : "/notices");
}

function Line({ row }: { row: Notice }) {
  const actor = row.actor_profile_id ? people.value.get(row.actor_profile_id) : undefined;
  const isUnread = !row.read_at;
  return (
    <li class={isUnread ? "unread" : ""}>
      <a href={`#${placeOf(row)}`} onClick={() => isUnread && void markRead(row.id).catch(() => {})}>
        {actor ? (
          <Face person={actor} />
        ) : (
          <span class="about" aria-hidden="true">
            <Icon name={row.category ? ICONS[row.category] : "bell"} />
          </span>
        )}
        <span class="grow">
          <b>{sentenceOf(row, nameOf(actor ?? null))}</b>
          <small class="dim">{when(row.created_at)}</small>
        </span>
        {isUnread && (
          <em>
            <span class="unseen">{sayOfNotices("isNew")}</span>
          </em>
        )}
      </a>
    </li>
  );
}

function sentenceOf({ code, event_count: times, details }: Notice, name: string): string {
  const many = `${code}_many`;
  const word = times > 1 && hasWord(many) ? many : code;
  const title = typeof details.title === "string" ? details.title : "";
  return sayOfNotices(hasWord(word) ? word : "other", { name, title, count: number(times) });
}

const ABOUT_ACCOUNT = ["account_kept", "creator_approved", "creator_refused"];

/** Where one goes on from there. */
function placeOf({ code, category, actor_profile_id: actor, details }: Notice): string {
  if (ABOUT_ACCOUNT.includes(code)) return "/me/account";
  if (category === "security") return "/me/security"; // the session that it names is a sign-in
  if (typeof details.session_id === "string" && code !== "banned") return `/session/${details.session_id}`;
  if (category === "calls") return "/calls";
  if (category === "pictures") return "/studio/pictures";
  if (code === "webhook_stopped") return "/admin/webhooks";
  if (actor) return `/profile/${actor}`;
  return category === "subscriptions" ? "/wallet" : "/notices";
}
