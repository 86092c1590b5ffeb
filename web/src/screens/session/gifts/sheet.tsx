// The gifts from below: one is chosen, then how many, then one button that says what it costs. Or who gave most.
import { useEffect, useState } from "preact/hooks";
import { AddCoins } from "../../../parts/add-coins";
import { Counting } from "../../../parts/counting";
import { Failure } from "../../../parts/failure";
import { Coin, Icon } from "../../../parts/icons";
import { Segments } from "../../../parts/segments";
import { Over } from "../../../parts/sheet";
import type { Supporter } from "../../../stores/generosity";
import { type Gift, giftName, gifts, readGifts } from "../../../stores/gifts";
import type { LiveSession } from "../../../stores/live-session";
import { balance } from "../../../stores/wallet";
import { day, number, say } from "../../../words";
import { sayOfSupport } from "../../../words/support";
import { coinsOf, type Giving, missing } from "./giving";
import { Supporters } from "./supporters";

const AMOUNTS = ["1", "10", "50", "99"] as const;

interface Opened {
  live: LiveSession;
  giving: Giving;
  best: Supporter[];
  onClose: () => void;
}

export function GiftSheet({ live, giving, best, onClose }: Opened) {
  const [tab, setTab] = useState<"gifts" | "supporters">("gifts");
  return (
    <Over title={say("gifts")} kind="room-sheet" onClose={onClose}>
      <div class="gift-head">
        <Segments
          name={say("gifts")}
          value={tab}
          options={[
            { value: "gifts", label: say("gifts") },
            { value: "supporters", label: say("supporters") },
          ]}
          onChoose={setTab}
        />
        <span class="coins purse" title={say("coins")}>
          <Coin />
          <Counting value={balance.value ?? 0} testid="balance" />
          <span class="unseen">{say("coins")}</span>
        </span>
      </div>
      {tab === "gifts" ? <Choose giving={giving} /> : <Supporters live={live} best={best} />}
    </Over>
  );
}

function Choose({ giving }: { giving: Giving }) {
  const [chosen, setChosen] = useState<Gift | null>(null);
  const [amount, setAmount] = useState<(typeof AMOUNTS)[number]>("1");
  useEffect(() => void readGifts().catch(() => {}), []); // a season may have begun, or be over
  const offered = gifts.value ?? [];
  const gift = chosen ?? offered[0];
  if (!gift) return <p class="dim">{say(gifts.value ? "noGifts" : "loading")}</p>;

  const wish = { gift, quantity: Number(amount) };
  const short = missing(wish);
  return (
    <>
      <fieldset class="gift-grid">
        <legend class="unseen">{say("gifts")}</legend>
        {offered.map((each) => (
          <Tile key={each.id} gift={each} isChosen={each.id === gift.id} onChoose={() => setChosen(each)} />
        ))}
      </fieldset>
      <div class="gift-foot">
        <Segments
          name={say("amount")}
          value={amount}
          options={AMOUNTS.map((value) => ({ value, label: `×${value}` }))}
          onChoose={setAmount}
        />
        <button
          type="button"
          class="button main grow"
          disabled={giving.busy || short > 0}
          onClick={() => giving.give(wish)}
          data-testid="give"
        >
          {say("send")}
          <span class="coins">
            <Coin /> {number(coinsOf(wish))}
          </span>
        </button>
      </div>
      {short > 0 && (
        <div class="banner">
          <Coin />
          <p class="grow" role="status" data-testid="too-expensive">
            {say("coinsShort", { coins: number(short) })}
          </p>
          <AddCoins small />
        </div>
      )}
      <Failure error={giving.failure} />
    </>
  );
}

interface Offered {
  gift: Gift;
  isChosen: boolean;
  onChoose: () => void;
}

/** Too dear is paler and can be chosen all the same: below it says what is missing. */
function Tile({ gift, isChosen, onChoose }: Offered) {
  const isFar = (balance.value ?? 0) < gift.coin_price;
  return (
    <label class={isFar ? "gift far" : "gift"} data-testid="gift" data-price={gift.coin_price}>
      <input type="radio" name="gift" checked={isChosen} onChange={onChoose} />
      {gift.icon_url ? <img src={gift.icon_url} alt="" /> : <Icon name="gift" />}
      <b>{giftName(gift)}</b>
      {gift.available_until && (
        <small class="season">{sayOfSupport("untilDay", { day: day(gift.available_until) })}</small>
      )}
      <small class="coins">
        <Coin /> {number(gift.coin_price)}
      </small>
    </label>
  );
}
