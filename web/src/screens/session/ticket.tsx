// A ticket is never bought unasked: its price, the balance before and after, or how much is missing.
import { useState } from "preact/hooks";
import { Coin, Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { balance } from "../../stores/wallet";
import { number, say } from "../../words";

interface Offer {
  price: number;
  busy: boolean;
  onBuy: () => void;
}

export function TicketOffer({ price, busy, onBuy }: Offer) {
  const [asked, setAsked] = useState(false);
  const coins = balance.value ?? 0;
  if (coins < price) {
    return (
      <p class="banner" data-testid="missing">
        <Coin /> {say("coinsMissing", { coins: number(price - coins) })}
      </p>
    );
  }

  function buy() {
    setAsked(false);
    onBuy();
  }

  const named = say("ticketFor", { coins: number(price) });
  return (
    <>
      <button class="button gold big full" disabled={busy} onClick={() => setAsked(true)}>
        <Icon name="ticket" /> {named}
      </button>
      {asked && (
        <Ask title={named} yes={say("buy")} onYes={buy} onNo={() => setAsked(false)}>
          <p>{say("ticketMeans")}</p>
          <p class="coins">
            <Coin /> {number(coins)} → {number(coins - price)}
          </p>
        </Ask>
      )}
    </>
  );
}
