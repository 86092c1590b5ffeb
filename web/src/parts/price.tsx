// What stands between a card and its room: a ticket and what it costs, a lock, or nothing.
import { holdsTicket } from "../stores/tickets";
import { number, say } from "../words";
import { Coin, Icon } from "./icons";

interface Guarded {
  id: string;
  access_type: "public" | "subscribers_only" | "pay_per_view";
  ppv_coin_price: number | null;
}

export function Price({ row }: { row: Guarded }) {
  if (row.access_type === "public") return null;
  if (row.access_type === "subscribers_only") {
    return (
      <span class="pill">
        <Icon name="lock" small />
        {say("subscribers")}
      </span>
    );
  }
  if (holdsTicket(row.id)) {
    return (
      <span class="pill gold">
        <Icon name="ticket" small />
        {say("ticketHeld")}
      </span>
    );
  }
  return (
    <span class="pill gold">
      <Icon name="ticket" small />
      {number(row.ppv_coin_price)}
      <Coin />
    </span>
  );
}
