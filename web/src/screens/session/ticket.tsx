// The gate of a session that is not for everybody: what it is, what it costs, what one gets and what one has, before
// anything is paid or refused. The button that buys carries the price, and is the yes.
import { useState } from "preact/hooks";
import { AddCoins } from "../../parts/add-coins";
import { useDoing } from "../../parts/doing";
import { colourOf, Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin, Icon } from "../../parts/icons";
import { Refused } from "../../server/client";
import type { LiveSession } from "../../stores/live-session";
import { buyTicket, holdsTicket } from "../../stores/tickets";
import { balance } from "../../stores/wallet";
import { count, number, say, when } from "../../words";
import type { Words } from "../../words/english";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { Offers } from "../subscriptions/offers";
import "./gate.css";

interface Guarded {
  live: LiveSession;
  busy: boolean;
  /** Why one was not let in. */
  failure: unknown;
  onEnter: () => void;
}

const GETS: (keyof Words)[] = ["getsToWatch", "getsToTakePart", "getsItBack"];

export const isGuarded = (live: LiveSession) => live.access_type !== "public";

export function Gate({ live, busy, failure, onEnter }: Guarded) {
  return (
    <div class="gate">
      <GatePicture live={live} />
      <section class="gate-sheet" aria-labelledby="gate-title">
        <p class="row">
          {live.status === "live" ? (
            <OnAir live={live} />
          ) : (
            <span class="pill quiet" data-testid="starts">
              {startOf(live)}
            </span>
          )}
        </p>
        <h1 id="gate-title" data-testid="title">
          {live.title || say(live.session_type === "video_live" ? "videoLive" : "audioRoom")}
        </h1>
        <p class="by-host">
          <Face person={live.creator} size="small" />
          <b>{nameOf(live.creator)}</b>
        </p>
        {live.description && <p class="description">{live.description}</p>}
        {live.access_type === "pay_per_view" ? (
          <TicketGate {...{ live, busy, failure, onEnter }} />
        ) : (
          <SubscribersGate {...{ live, busy, failure, onEnter }} />
        )}
      </section>
    </div>
  );
}

function GatePicture({ live }: { live: LiveSession }) {
  return (
    <div class="gate-picture" style={{ "--own-colour": colourOf(live.creator?.id) }}>
      {live.thumbnail_url ? <img src={live.thumbnail_url} alt="" /> : <Face person={live.creator} size="huge" />}
      <a class="round veil" href="#/" aria-label={say("back")}>
        <Icon name="back" />
      </a>
    </div>
  );
}

function OnAir({ live }: { live: LiveSession }) {
  return (
    <>
      <span class="pill live">{say("live")}</span>
      <span class="pill quiet">
        <Icon name={live.session_type === "audio_room" ? "audio" : "eye"} small />
        {say("peopleInside", { count: count(live.viewer_count) })}
      </span>
    </>
  );
}

function startOf(live: LiveSession): string {
  return live.scheduled_at ? `${say("startsAt")}: ${when(live.scheduled_at)}` : say("startsSoon");
}

function TicketGate({ live, busy, failure, onEnter }: Guarded) {
  const doing = useDoing();
  const [key] = useState(() => crypto.randomUUID()); // a tap that is repeated pays once
  const price = live.ppv_coin_price ?? 0;
  const coins = balance.value ?? 0;
  const holds = holdsTicket(live.id) && !isWithout(failure);
  const onAir = live.status === "live";

  const buy = () => void doing.attempt(() => buyTicket(live, key)); // whoever holds one is let in

  return (
    <>
      <Ticket price={price} torn={holds} />
      {!holds && (
        <ul class="gets">
          {GETS.map((word) => (
            <li key={word}>
              <Icon name="check" small />
              {say(word)}
            </li>
          ))}
        </ul>
      )}
      <Failure error={doing.failure ?? failure} />
      {holds && <Held onAir={onAir} busy={busy} onEnter={onEnter} />}
      {!holds && (
        <>
          {coins >= price && <After before={coins} price={price} />}
          {coins >= price ? (
            <button class="button main big full" data-testid="buy" disabled={busy || doing.busy} onClick={buy}>
              {say("ticketFor", { coins: number(price) })}
            </button>
          ) : (
            <div class="banner" data-testid="missing">
              <Coin />
              <b class="grow">{say("coinsMissing", { coins: number(price - coins) })}</b>
              <AddCoins small />
            </div>
          )}
          <a class="button plain dim gate-back" href="#/">
            {say("notNow")}
          </a>
        </>
      )}
    </>
  );
}

const isWithout = (failure: unknown) => failure instanceof Refused && failure.code === "ticket_required";

function Ticket({ price, torn }: { price: number; torn: boolean }) {
  return (
    <div class={torn ? "ticket torn" : "ticket"}>
      <div class="ticket-price">
        <span>{say(torn ? "yourTicket" : "ticketForOne")}</span>
        <b>
          <Coin /> {number(price)} <small>{say("coins")}</small>
        </b>
      </div>
      <div class="ticket-stub">
        <Icon name={torn ? "check" : "ticket"} />
      </div>
    </div>
  );
}

function Held({ onAir, busy, onEnter }: { onAir: boolean; busy: boolean; onEnter: () => void }) {
  if (!onAir)
    return (
      <p class="dim" role="status">
        {say("heldMeans")}
      </p>
    );
  return (
    <button class="button main big full" disabled={busy} onClick={onEnter}>
      {say("enter")}
    </button>
  );
}

function After({ before, price }: { before: number; price: number }) {
  return (
    <p class="after" data-testid="balance-after">
      <span class="dim grow">{say("yourBalance")}</span>
      <span class="coins">
        <Coin /> {number(before)}
      </span>
      <Icon name="more" small />
      <span class="coins">
        <Coin /> {number(before - price)}
      </span>
    </p>
  );
}

/** What the creator offers by the month; who subscribes enough goes in. */
function SubscribersGate({ live, busy, failure, onEnter }: Guarded) {
  const onAir = live.status === "live";
  const name = nameOf(live.creator);
  return (
    <>
      <p class="row for-subscribers">
        <Icon name="lock" small />
        <b>{say("forSubscribers", { name })}</b>
      </p>
      <Offers
        creatorId={live.creator_id}
        leastTierId={live.min_tier_id}
        onSubscribed={onAir ? onEnter : undefined}
        {...{ name }}
      >
        {onAir ? (
          <button class="button main big full" disabled={busy} onClick={onEnter}>
            {say("enter")}
          </button>
        ) : (
          <p class="dim" role="status">
            {sayOfSubscriptions("opensWhenLive")}
          </p>
        )}
      </Offers>
      <Failure error={failure} />
      <a class="button plain dim gate-back" href="#/">
        {say("toTheStage")}
      </a>
    </>
  );
}
