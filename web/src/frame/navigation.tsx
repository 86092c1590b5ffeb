// The ways around: on a phone a head and tabs for the thumb, where there is room a rail at the side.
import { Face, nameOf } from "../parts/face";
import { Coin, Icon, type IconName } from "../parts/icons";
import { missed } from "../stores/calls";
import { login, profile } from "../stores/login";
import { dimmed } from "../stores/look";
import { unread } from "../stores/unread";
import { balance } from "../stores/wallet";
import { number, say } from "../words";
import { place } from "./place";

export function Head() {
  return (
    <header class="head">
      <Brand />
      <span class="grow" />
      <a class="round plain to-notices" href="#/notices">
        <Icon name="bell" />
        <span class="unseen">{say("notices")}</span>
        {unread.value > 0 && <Marked count={unread.value} said="unreadNotices" />}
      </a>
      <a href="#/wallet">
        <span class="unseen">{say("wallet")}: </span>
        <Balance />
      </a>
    </header>
  );
}

export function Tabs() {
  return (
    <nav class="tabs" aria-label={say("places")}>
      <Way to="" icon="live" name={say("stage")} />
      <Way to="studio" icon="studio" name={say("studio")} />
      {profile.value?.is_creator && (
        <a class="go" href="#/go-live" aria-label={say("goLive")}>
          <Icon name="plus" />
        </a>
      )}
      <Way to="calls" icon="phone" name={say("calls")} marked={missed.value} />
      <Way to="me" icon="me" name={say("me")} />
    </nav>
  );
}

export function Rail() {
  const email = login.value?.user.email;
  return (
    <header class="rail">
      <Brand />
      <nav aria-label={say("places")}>
        <Way to="" icon="live" name={say("stage")} />
        <Way to="studio" icon="studio" name={say("studio")} />
        <Way to="calls" icon="phone" name={say("calls")} marked={missed.value} />
        <Way to="notices" icon="bell" name={say("notices")} marked={unread.value} said="unreadNotices" />
        <Way to="me" icon="me" name={say("me")} />
      </nav>
      <span class="grow" />
      {profile.value?.is_creator && (
        <a class="button main big" href="#/go-live">
          <Icon name="live" />
          {say("goLive")}
        </a>
      )}
      <a class="mine" href="#/me" aria-label={dimmed.value ? say("me") : undefined}>
        <Face person={profile.value} />
        <span class="grow">
          <b class="cut">{profile.value ? nameOf(profile.value) : email}</b>
          {!dimmed.value && <Balance />}
        </span>
      </a>
    </header>
  );
}

function Brand() {
  return (
    <a class="brand" href="#/">
      <img src="/sahne.svg" alt="" width="34" height="34" />
      Sahne
    </a>
  );
}

function Balance() {
  if (balance.value === null) return null;
  return (
    <span class="coins" title={say("coins")}>
      <Coin />
      <span data-testid="balance">{number(balance.value)}</span>
      <span class="unseen">{say("coins")}</span>
    </span>
  );
}

interface Leading {
  to: string;
  icon: IconName;
  name: string;
  /** How many new things are there, and what they are called. */
  marked?: number;
  said?: "missedCalls" | "unreadNotices";
}

/** Screens that one comes to from a place belong to it. */
const PARTS_OF: Record<string, string> = { session: "", profile: "", following: "", wallet: "me", admin: "me" };

function Way({ to, icon, name, marked = 0, said = "missedCalls" }: Leading) {
  const at = PARTS_OF[place.value[0] ?? ""] ?? place.value[0] ?? "";
  const here = at === to;
  return (
    <a class="way" href={`#/${to}`} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      {name}
      {marked > 0 && <Marked count={marked} said={said} />}
    </a>
  );
}

function Marked({ count, said }: { count: number; said: "missedCalls" | "unreadNotices" }) {
  return (
    <>
      <em aria-hidden="true">{number(count)}</em>
      <span class="unseen">{say(said, { count: number(count) })}</span>
    </>
  );
}
