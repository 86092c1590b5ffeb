// What a subscriber may do with a subscription, each asked about first where it costs something or shuts something.
import { useEffect, useState } from "preact/hooks";
import type { OwnSubscription, SubscriptionEdit, Tier } from "../../operations";
import { type Doing, useDoing } from "../../parts/doing";
import { nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Ask, Over } from "../../parts/sheet";
import { people } from "../../stores/people";
import { type Change, changeTo } from "../../stores/subscription-state";
import { changeSubscription, tiersOf } from "../../stores/subscriptions";
import { tell } from "../../stores/toasts";
import { day, number, say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { PayQuestion } from "./pay-question";
import { TierChoice } from "./tier-choice";

export type Act = "changeTier" | "pause" | "resume" | "stop";
type Done = Parameters<typeof sayOfSubscriptions>[0];

interface Acted {
  own: OwnSubscription;
  act: Act;
  onClose: () => void;
  onDone: () => void;
}

export function ActSheet({ own, act, onClose, onDone }: Acted) {
  const doing = useDoing();
  const edit = async (change: SubscriptionEdit, done: Done) => {
    if (!(await doing.attempt(() => changeSubscription(own.subscription.id, change)))) return;
    tell(sayOfSubscriptions(done));
    onClose();
    onDone();
  };
  const asked = { own, doing, edit: (change: SubscriptionEdit, done: Done) => void edit(change, done), onClose };
  if (act === "changeTier") return <ChangeSheet {...asked} />;
  return act === "resume" ? <ResumeQuestion {...asked} /> : <StopQuestion {...asked} act={act} />;
}

interface Asked {
  own: OwnSubscription;
  doing: Doing;
  edit: (change: SubscriptionEdit, done: Done) => void;
  onClose: () => void;
}

function StopQuestion({ own: { subscription }, act, doing, edit, onClose }: Asked & { act: "pause" | "stop" }) {
  const lasts = subscription.expires_at;
  const open = lasts !== null && Date.parse(lasts) > Date.now();
  const pausing = act === "pause";
  return (
    <Ask
      title={sayOfSubscriptions(pausing ? "pauseAsked" : "stopAsked")}
      yes={sayOfSubscriptions(pausing ? "pause" : "stopYes")}
      danger={!pausing}
      impossible={doing.busy}
      onYes={() => (pausing ? edit({ status: "paused" }, "didPause") : edit({ status: "cancelled" }, "didStop"))}
      onNo={onClose}
    >
      <p>{meansOf(pausing, open, lasts)}</p>
      <Failure error={doing.failure} />
    </Ask>
  );
}

function meansOf(pausing: boolean, open: boolean, lasts: string | null): string {
  if (!open) return sayOfSubscriptions(pausing ? "pausedShut" : "stopNow");
  return sayOfSubscriptions(pausing ? "pauseMeans" : "stopMeans", { day: day(lasts!) });
}

/** While a month runs it goes on for nothing; where none does, one begins and is paid. */
function ResumeQuestion({ own: { subscription }, doing, edit, onClose }: Asked) {
  const lasts = subscription.expires_at;
  const price = subscription.coin_price;
  const resume = () => edit({ status: "active", expected_price: price }, "didResume");
  if (lasts !== null && Date.parse(lasts) <= Date.now()) {
    const asked = { title: sayOfSubscriptions("resumeAsked"), means: sayOfSubscriptions("resumeMeans") };
    return <PayQuestion {...asked} price={price} doing={doing} onYes={resume} onNo={onClose} />;
  }
  return (
    <Ask
      title={sayOfSubscriptions("resumeAsked")}
      yes={sayOfSubscriptions("resume")}
      impossible={doing.busy}
      onYes={resume}
      onNo={onClose}
    >
      <p>{lasts && sayOfSubscriptions("renews", { day: day(lasts), coins: number(price) })}</p>
      <Failure error={doing.failure} />
    </Ask>
  );
}

function ChangeSheet({ own, doing, edit, onClose }: Asked) {
  const { subscription } = own;
  const [tiers, setTiers] = useState<Tier[]>();
  const [chosen, setChosen] = useState(subscription.next_tier_id ?? subscription.tier_id);
  const [asked, setAsked] = useState(false);
  const reading = useDoing();
  useEffect(() => {
    void reading.attempt(async () => setTiers(onOffer(await tiersOf(subscription.creator_id), own)));
  }, []);
  const tier = tiers?.find(({ id }) => id === chosen);
  const change = tier && changeTo(tier, subscription, Date.now());
  const isAsIs = chosen === (subscription.next_tier_id ?? subscription.tier_id);

  if (asked && tier && change?.when === "now") {
    return (
      <PayQuestion
        title={sayOfSubscriptions("subscribeAsked", { name: nameOf(people.value[subscription.creator_id]) })}
        means={sayOfSubscriptions("subscribeMeans", { tier: tier.name, coins: number(change.price) })}
        price={change.price}
        back={change.back}
        doing={doing}
        onYes={() => edit({ tier_id: tier.id, expected_price: change.price }, "didChange")}
        onNo={() => setAsked(false)}
      />
    );
  }

  function go() {
    if (!tier || !change) return;
    if (change.when === "now") setAsked(true);
    else if (change.when === "never") edit({ tier_id: tier.id }, "didStay");
    else edit({ tier_id: tier.id, expected_price: change.price }, "didChangeThen");
  }

  return (
    <Over
      title={sayOfSubscriptions("changeTier")}
      under={nameOf(people.value[subscription.creator_id])}
      onClose={onClose}
    >
      <Failure error={reading.failure} />
      {!tiers && reading.busy && <span class="skeleton tier-to-come" role="status" aria-label={say("loading")} />}
      {tiers && (
        <TierChoice
          name={sayOfSubscriptions("changeTier")}
          tiers={tiers}
          chosen={chosen ?? undefined}
          note={(each) => noteOf(each, own)}
          onChoose={(each) => setChosen(each.id)}
        />
      )}
      {change && !isAsIs && <p class="dim">{whatItMeans(change, own)}</p>}
      <Failure error={doing.failure} />
      <button class="button main big full" disabled={!change || isAsIs || doing.busy} onClick={go}>
        {change ? wordOf(change) : sayOfSubscriptions("changeTier")}
      </button>
    </Over>
  );
}

/** What can be bought, and one's own, which may be retired by now. */
function onOffer(tiers: Tier[], { subscription }: OwnSubscription): Tier[] {
  return tiers.filter((tier) => tier.is_active || tier.id === subscription.tier_id);
}

function noteOf(tier: Tier, { subscription }: OwnSubscription): string | null {
  if (tier.id === subscription.tier_id) return sayOfSubscriptions("yourTier");
  return tier.id === subscription.next_tier_id ? sayOfSubscriptions("yourNextTier") : null;
}

function whatItMeans(change: Change, { subscription }: OwnSubscription): string {
  if (change.when === "never") return sayOfSubscriptions("stayMeans");
  const coins = number(change.price);
  if (change.when === "now") return sayOfSubscriptions("dearerMeans", { coins });
  return sayOfSubscriptions("otherMeans", { coins, day: day(subscription.renews_at ?? "") });
}

function wordOf(change: Change): string {
  if (change.when === "never") return sayOfSubscriptions("stay");
  if (change.when === "next") return sayOfSubscriptions("changeThen");
  return sayOfSubscriptions("changeFor", { coins: number(change.price) });
}
