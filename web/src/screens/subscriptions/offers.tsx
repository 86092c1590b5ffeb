// What a creator offers by the month, and subscribing after a yes to the price: at the gate of a session and on their page.
import { useState } from "preact/hooks";
import type { OwnSubscription, Tier } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { isRunning, levelOf, stateOf, unusedWorth } from "../../stores/subscription-state";
import { changeSubscription, type Offer, subscribe, useOffer } from "../../stores/subscriptions";
import { tell } from "../../stores/toasts";
import { number } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { PayQuestion } from "./pay-question";
import { TierChoice } from "./tier-choice";
import { whatBecomes } from "./what-becomes";
import "./tiers.css";

interface Offered {
  creatorId: string;
  name: string;
  /** The least tier of a session; null is any. Undefined where no session is meant. */
  leastTierId?: string | null;
  /** What to do when one's subscription opens it; nothing where it is not to be entered. */
  children?: preact.ComponentChildren;
  /** It was paid for just now. */
  onSubscribed?: () => void;
}

export function Offers({ creatorId, name, leastTierId, children, onSubscribed }: Offered) {
  const { offer, load, unread } = useOffer(creatorId);
  if (!offer && unread) return <Failure error={unread} retry={() => void load()} />;
  if (!offer) return <span class="skeleton tier-to-come" role="status" />;
  const least = [...offer.tiers, ...offer.retired].find((tier) => tier.id === leastTierId)?.coin_price ?? 0;
  if (offer.own && isRunning(offer.own.subscription, Date.now()) && levelOf(offer.own) >= least) {
    return (
      <>
        <Subscribed own={offer.own} />
        {children}
      </>
    );
  }
  if (offer.own?.subscription.status === "paused") return <Paused own={offer.own} />;
  if (offer.tiers.length === 0)
    return leastTierId === undefined ? null : <p class="dim">{sayOfSubscriptions("noOffers", { name })}</p>;
  const done = async () => {
    tell(sayOfSubscriptions("didSubscribe"));
    await load();
    onSubscribed?.();
  };
  return (
    <ToChoose
      {...{ offer, name, least }}
      ofSession={leastTierId !== undefined}
      onPaid={() => void done()}
      onRefused={() => void load()}
    />
  );
}

interface Choosing {
  offer: Offer;
  name: string;
  least: number;
  ofSession: boolean;
  onPaid: () => void;
  /** What is offered may be another by now. */
  onRefused: () => void;
}

function ToChoose({ offer: { tiers, own }, name, least, ofSession, onPaid, onRefused }: Choosing) {
  const opens = (tier: Tier) => tier.coin_price >= least;
  const cheapest = tiers.filter(opens).toSorted((one, other) => one.coin_price - other.coin_price)[0];
  const first = cheapest ?? (ofSession ? undefined : tiers[0]);
  const [chosen, setChosen] = useState(first);
  const [asked, setAsked] = useState(false);
  const doing = useDoing();
  const tier = tiers.find((each) => each.id === chosen?.id) ?? first; // as it is offered now

  async function pay(key: string) {
    const { subscription } = own ?? {};
    const goesOn = subscription && subscription.status === "active"; // what was cancelled and lasts makes way
    const paid = await doing.attempt(() =>
      goesOn
        ? changeSubscription(subscription.id, { tier_id: tier!.id, expected_price: tier!.coin_price })
        : subscribe(tier!, key),
    );
    if (!paid) return onRefused();
    setAsked(false);
    onPaid();
  }

  const noteOf = (each: Tier) => {
    if (!ofSession) return null;
    if (!opens(each)) return sayOfSubscriptions("opensNotThis");
    return each.id === cheapest?.id ? sayOfSubscriptions("opensThis") : null;
  };

  return (
    <>
      {!ofSession && <h2>{sayOfSubscriptions("subscriptions")}</h2>}
      {own && ofSession && <p class="dim">{sayOfSubscriptions("ownTooSmall", { tier: own.tier?.name ?? "" })}</p>}
      <TierChoice
        name={sayOfSubscriptions("subscriptionsOf", { name })}
        tiers={[...tiers.filter(opens), ...tiers.filter((each) => !opens(each))]}
        chosen={tier?.id}
        note={noteOf}
        shut={(each) => !opens(each)}
        onChoose={setChosen}
      />
      {tier && (
        <button class="button main big full" data-testid="subscribe" onClick={() => setAsked(true)}>
          {sayOfSubscriptions("subscribeFor", { coins: number(tier.coin_price) })}
        </button>
      )}
      {asked && tier && (
        <PayQuestion
          title={sayOfSubscriptions("subscribeAsked", { name })}
          means={sayOfSubscriptions("subscribeMeans", { tier: tier.name, coins: number(tier.coin_price) })}
          price={tier.coin_price}
          back={own ? unusedWorth(own.subscription, Date.now()) : 0}
          doing={doing}
          onYes={(key) => void pay(key)}
          onNo={() => {
            setAsked(false);
            doing.fail(null);
          }}
        />
      )}
    </>
  );
}

function Subscribed({ own }: { own: OwnSubscription }) {
  const { tier, subscription } = own;
  return (
    <a class="subscribed" href="#/wallet/subscriptions" data-testid="subscribed">
      <Icon name="crown" />
      <span class="grow">
        <b>{tier ? sayOfSubscriptions("subscribed", { tier: tier.name }) : sayOfSubscriptions("subscribedPlain")}</b>
        <small>{whatBecomes(own, stateOf(subscription, Date.now()))}</small>
      </span>
      <Icon name="more" />
    </a>
  );
}

function Paused({ own }: { own: OwnSubscription }) {
  return (
    <a class="subscribed" href="#/wallet/subscriptions" data-testid="subscribed">
      <Icon name="crown" />
      <span class="grow">
        <b>{own.tier?.name ?? sayOfSubscriptions("statePaused")}</b>
        <small>{sayOfSubscriptions("ownPaused")}</small>
      </span>
      <Icon name="more" />
    </a>
  );
}
