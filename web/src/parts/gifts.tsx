// The gift bar: one tap, one gift; a key per tap, so that a retry never pays twice.
import { useEffect, useState } from "preact/hooks";
import { balance, operation, sahne } from "../client";
import { language, say } from "../words";
import { Failure } from "./failure";
import { Coin, Present } from "./icons";

interface Gift {
  id: string;
  name: string;
  icon_url: string | null;
  coin_price: number;
}

export function Gifts({ sessionId }: { sessionId: string }) {
  const [gifts, setGifts] = useState<Gift[]>([]);
  const [sending, setSending] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);

  useEffect(() => {
    void sahne
      .from("gifts")
      .select("id,name,icon_url,coin_price")
      .order("order_index")
      .then(({ data, error }) => (error ? setFailure(error) : setGifts(data as Gift[])));
  }, []);

  async function give(gift: Gift) {
    setSending(gift.id);
    setFailure(null);
    try {
      const sent = await operation<{ wallet: { balance: number } }>(
        "POST",
        `live/sessions/${sessionId}/gifts`,
        { gift_id: gift.id, quantity: 1 },
        crypto.randomUUID(),
      );
      balance.value = sent.wallet.balance;
    } catch (error) {
      setFailure(error);
    } finally {
      setSending(null);
    }
  }

  return (
    <div class="gifts" aria-label={say("gifts")}>
      {gifts.map((gift) => (
        <button
          key={gift.id}
          class="gift"
          data-testid="gift"
          data-price={gift.coin_price}
          disabled={sending !== null || (balance.value ?? 0) < gift.coin_price}
          onClick={() => void give(gift)}
        >
          {gift.icon_url ? <img src={gift.icon_url} alt="" /> : <Present kind="present" />}
          <b>{gift.name}</b>
          <small>
            <Coin /> {gift.coin_price.toLocaleString(language.value)}
          </small>
        </button>
      ))}
      <Failure error={failure} />
    </div>
  );
}
