// A line of the statement: what, with whom, when, and what it did to the coins.
import { nameOf } from "../../parts/face";
import { Icon, type IconName } from "../../parts/icons";
import { giftName } from "../../stores/gifts";
import { people } from "../../stores/people";
import type { Line } from "../../stores/statement";
import { duration, say, signed, time } from "../../words";
import type { Words } from "../../words/english";

type Kind = Line["kind"];

const ICONS: Record<Kind, IconName> = {
  grant: "plus",
  purchase: "plus",
  gift: "gift",
  ticket: "ticket",
  ticket_refund: "refresh",
  ticket_payout: "ticket",
  subscription: "crown",
  subscription_refund: "refresh",
  subscription_payout: "crown",
  call: "phone",
  call_payout: "phone",
  call_refund: "refresh",
  gift_refund: "refresh",
  adjustment: "settings",
};

/** What it is called when it went, and when it came. */
const NAMES: Record<Kind, [keyof Words, keyof Words]> = {
  grant: ["lineGrant", "lineGrant"],
  purchase: ["linePurchase", "linePurchase"],
  gift: ["lineGift", "lineGift"],
  ticket: ["lineTicket", "lineTicket"],
  ticket_refund: ["lineTicketBack", "lineTicketBack"],
  ticket_payout: ["lineTicketSold", "lineTicketSold"],
  subscription: ["lineSubscription", "lineSubscription"],
  subscription_refund: ["lineSubscriptionBack", "lineSubscriptionBack"],
  subscription_payout: ["lineSubscriber", "lineSubscriber"],
  call: ["lineCall", "lineCall"],
  call_payout: ["lineCall", "lineCallPaid"],
  call_refund: ["lineCallBack", "lineCallBack"],
  gift_refund: ["lineGiftBack", "lineGiftBack"],
  adjustment: ["lineAdjustment", "lineAdjustment"],
};

export function StatementRow({ line }: { line: Line }) {
  const came = line.amount > 0;
  const gift = line.what?.gift;
  return (
    <li data-testid="statement-line">
      <span class={`sort of-${line.kind}${came ? " came" : ""}`}>
        {gift?.icon_url ? <img src={gift.icon_url} alt="" /> : <Icon name={ICONS[line.kind]} />}
      </span>
      <span class="grow">
        <b class="cut">{titleOf(line)}</b>
        <small class="dim cut">{factsOf(line)}</small>
      </span>
      <b class={came ? "amount came count" : "amount count"}>{signed(line.amount)}</b>
    </li>
  );
}

function titleOf({ kind, amount, what }: Line): string {
  if (what?.gift)
    return [giftName(what.gift), (what.quantity ?? 1) > 1 && `×${what.quantity}`].filter(Boolean).join(" ");
  return say(NAMES[kind][amount > 0 ? 1 : 0]);
}

function factsOf({ what, created_at }: Line): string {
  const name = what?.with ? nameOf(people.value[what.with]) : null;
  const length = what?.seconds ? duration(what.seconds) : null;
  return [name, what?.title, length, time(created_at)].filter(Boolean).join(" · ");
}
