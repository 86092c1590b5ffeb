// Whom one subscribes to: what becomes of each, and changing its tier, pausing, resuming and cancelling it.
import { useEffect, useState } from "preact/hooks";
import type { OwnSubscription } from "../../operations";
import { AddCoins } from "../../parts/add-coins";
import { useDoing } from "../../parts/doing";
import { Empty } from "../../parts/empty";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Coin } from "../../parts/icons";
import { returns } from "../../server/connection";
import { meetPeople, people } from "../../stores/people";
import { type State, stateOf } from "../../stores/subscription-state";
import { ownSubscriptions } from "../../stores/subscriptions";
import { refreshBalance } from "../../stores/wallet";
import { number, say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { type Act, ActSheet } from "./acts";
import { whatBecomes } from "./what-becomes";
import "./own.css";

const STATES = {
  running: "stateRunning",
  failing: "stateFailing",
  paused: "statePaused",
  ending: "stateEnding",
  over: "stateOver",
} as const;

export function Subscriptions() {
  const [owned, setOwned] = useState<OwnSubscription[]>();
  const [chosen, setChosen] = useState<{ own: OwnSubscription; act: Act } | null>(null);
  const { failure, attempt } = useDoing();

  const load = () =>
    attempt(async () => {
      const found = await ownSubscriptions();
      await meetPeople(found.map(({ subscription }) => subscription.creator_id));
      setOwned(found.filter(({ subscription }) => subscription.end_reason !== "replaced")); // there is a newer one
    });

  useEffect(() => {
    void load();
    void refreshBalance();
  }, [returns.value]);

  const stated = owned?.map((own) => ({ own, state: stateOf(own.subscription, Date.now()) }));
  const going = stated?.filter(({ state }) => state !== "over");
  const past = stated?.filter(({ state }) => state === "over");
  return (
    <div class="page wallet">
      <Heading title={sayOfSubscriptions("subscriptions")} back="/wallet" />
      <Failure error={failure} retry={() => void load()} />
      {!owned && !failure && <span class="skeleton tier-to-come" role="status" aria-label={say("loading")} />}
      {owned?.length === 0 && (
        <Empty title={sayOfSubscriptions("noSubscriptions")}>
          <p>{sayOfSubscriptions("noSubscriptionsHint")}</p>
          <a class="button" href="#/">
            {say("toTheStage")}
          </a>
        </Empty>
      )}
      {going && going.length > 0 && (
        <ul class="subscriptions">
          {going.map(({ own, state }) => (
            <Going key={own.subscription.id} own={own} state={state} onAct={(act) => setChosen({ own, act })} />
          ))}
        </ul>
      )}
      {past && past.length > 0 && (
        <section>
          <h2>{sayOfSubscriptions("pastOnes")}</h2>
          <ul class="subscriptions">
            {past.map(({ own, state }) => (
              <Past key={own.subscription.id} own={own} state={state} />
            ))}
          </ul>
        </section>
      )}
      {chosen && <ActSheet {...chosen} onClose={() => setChosen(null)} onDone={() => void load()} />}
    </div>
  );
}

function Going({ own, state, onAct }: { own: OwnSubscription; state: State; onAct: (act: Act) => void }) {
  return (
    <li class="subscription" data-testid="subscription" data-state={state}>
      <About own={own} state={state} />
      <p class={state === "failing" ? "banner" : "dim"}>
        <span class="grow">{whatBecomes(own, state)}</span>
        {state === "failing" && <AddCoins small />}
      </p>
      <div class="row">
        {actsOn(own, state).map((act) => (
          <button key={act} type="button" class="button small" onClick={() => onAct(act)}>
            {sayOfSubscriptions(act === "resume" && state === "ending" ? "goOnWithIt" : act)}
          </button>
        ))}
      </div>
    </li>
  );
}

function actsOn({ subscription }: OwnSubscription, state: State): Act[] {
  if (state === "ending") return subscription.end_reason === "cancelled" ? ["resume"] : [];
  if (state === "paused") return ["resume", "stop"];
  return subscription.renews_at === null ? ["stop"] : ["changeTier", "pause", "stop"];
}

function Past({ own, state }: { own: OwnSubscription; state: State }) {
  return (
    <li class="subscription" data-testid="subscription" data-state={state}>
      <About own={own} state={state} />
      <div class="row">
        <span class="grow dim">{whatBecomes(own, state)}</span>
        <a class="button small" href={`#/profile/${own.subscription.creator_id}`}>
          {sayOfSubscriptions("subscribeAgain")}
        </a>
      </div>
    </li>
  );
}

function About({ own: { subscription, tier }, state }: { own: OwnSubscription; state: State }) {
  const creator = people.value[subscription.creator_id];
  return (
    <div class="subscription-head">
      <Face person={creator} />
      <a class="grow" href={`#/profile/${subscription.creator_id}`}>
        <b class="cut">{nameOf(creator)}</b>
        <small class="dim">
          {tier?.name} · <Coin /> {number(subscription.coin_price)} {sayOfSubscriptions("aMonth")}
        </small>
      </a>
      <span class={`state of-${state}`}>{sayOfSubscriptions(STATES[state])}</span>
    </div>
  );
}
