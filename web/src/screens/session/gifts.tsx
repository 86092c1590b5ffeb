// The gift tray: one tap, one gift, dear ones after a question; a key per tap, so that a retry never pays twice.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Coin, Icon } from "../../parts/icons";
import { Ask } from "../../parts/sheet";
import { dataOf, operation, sahne } from "../../server/client";
import { balance } from "../../stores/wallet";
import { number, say } from "../../words";

interface Gift {
  id: string;
  name: string;
  icon_url: string | null;
  coin_price: number;
}

const GIFTS_MAX = 100;
const ASKED_FROM_COINS = 500;

export function Gifts({ sessionId }: { sessionId: string }) {
  const [gifts, setGifts] = useState<Gift[]>([]);
  const [asked, setAsked] = useState<Gift | null>(null);
  const { busy, failure, attempt, fail } = useDoing();
  const tooExpensive = (gift: Gift) => (balance.value ?? 0) < gift.coin_price;

  useEffect(() => {
    const catalogue = sahne.from("gifts").select("id,name,icon_url,coin_price").order("coin_price").limit(GIFTS_MAX);
    dataOf<Gift[]>(catalogue).then(setGifts, fail);
  }, []);

  async function give(gift: Gift) {
    setAsked(null);
    const body = { gift_id: gift.id, quantity: 1 };
    await attempt(async () => {
      const path = `live/sessions/${sessionId}/gifts` as const;
      const sent = await operation<"send_gift">("POST", path, body, crypto.randomUUID());
      balance.value = sent.wallet.balance;
    });
  }

  return (
    <section aria-label={say("gifts")}>
      <Tray length={gifts.length}>
        {gifts.map((gift) => (
          <button
            key={gift.id}
            class="gift"
            data-testid="gift"
            data-price={gift.coin_price}
            disabled={busy || tooExpensive(gift)}
            onClick={() => (gift.coin_price < ASKED_FROM_COINS ? void give(gift) : setAsked(gift))}
          >
            {gift.icon_url ? <img src={gift.icon_url} alt="" /> : <Icon name="gift" />}
            <b>{gift.name}</b>
            <small class="coins">
              <Coin /> {number(gift.coin_price)}
            </small>
          </button>
        ))}
      </Tray>
      {gifts.some(tooExpensive) && <small data-testid="too-expensive">{say("tooExpensive")}</small>}
      <Failure error={failure} />
      {asked && (
        <Ask title={say("giveAsked")} yes={say("give")} onYes={() => void give(asked)} onNo={() => setAsked(null)}>
          <p class="coins">
            {asked.name} · <Coin /> {number(asked.coin_price)}
          </p>
        </Ask>
      )}
    </section>
  );
}

/** A row that scrolls sideways; an arrow says that there is more, and goes there. */
function Tray({ length, children }: { length: number; children: ComponentChildren }) {
  const row = useRef<HTMLDivElement>(null);
  const [more, setMore] = useState(false);
  const look = ({ scrollWidth, clientWidth, scrollLeft }: Element) =>
    setMore(scrollWidth - clientWidth - scrollLeft > 4);
  useEffect(() => {
    const tray = row.current!;
    const watch = new ResizeObserver(() => look(tray));
    watch.observe(tray);
    look(tray);
    return () => watch.disconnect();
  }, [length]);
  return (
    <div class={more ? "tray more" : "tray"}>
      <div class="gifts" ref={row} onScroll={(event) => look(event.currentTarget)}>
        {children}
      </div>
      {more && (
        <button
          class="round card"
          aria-label={say("more")}
          onClick={() => row.current!.scrollBy({ left: row.current!.clientWidth * 0.8, behavior: "smooth" })}
        >
          <Icon name="more" />
        </button>
      )}
    </div>
  );
}
