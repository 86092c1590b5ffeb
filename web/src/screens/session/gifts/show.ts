// The gifts as they come, shown: the machine of `room/gift-show.ts` with a clock.
import { useEffect, useState } from "preact/hooks";
import { type Given, given, hasPassed, momentOver, NOTHING, nextAt, passed, type Show } from "../../../room/gift-show";
import type { Row } from "../../../stores/chat";

export interface GiftShow {
  show: Show;
  come: (row: Row) => void;
  momentIsOver: () => void;
  isPast: (gift: Given) => void;
}

export function useGiftShow(): GiftShow {
  const [show, setShow] = useState<Show>(NOTHING);
  const at = nextAt(show);
  useEffect(() => {
    if (at === null) return;
    const timer = setTimeout(() => setShow((before) => passed(before, Date.now())), Math.max(0, at - Date.now()));
    return () => clearTimeout(timer);
  }, [at]);

  function come(row: Row) {
    const quantity = row.gift_quantity || 1;
    const gift = {
      id: row.id,
      senderId: row.sender_profile_id,
      giftId: row.gift_id ?? "",
      quantity,
      price: Math.round((row.gift_coin_value ?? 0) / quantity),
      comboId: row.gift_combo_id ?? row.id,
      count: row.gift_combo_count ?? quantity,
    };
    setShow((before) => given(before, gift, Date.now()));
  }

  return {
    show,
    come,
    momentIsOver: () => setShow(momentOver),
    isPast: (gift) => setShow((before) => hasPassed(before, gift)),
  };
}
