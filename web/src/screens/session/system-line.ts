// What the house says in a chat, in words: lines come as a code and what it is about.
import { nameOf } from "../../parts/face";
import type { Row } from "../../stores/chat";
import { people } from "../../stores/people";
import { number } from "../../words";
import { sayOfOrder } from "../../words/order";

const AUDIENCES = {
  everybody: "chatForEverybody",
  followers: "chatForFollowers",
  subscribers: "chatForSubscribers",
} as const;

/** Null for a code that this page does not know: it came with a later server. */
export function systemWords(row: Row): string | null {
  const about = row.details ?? {};
  switch (row.content) {
    case "came_on_stage":
      return sayOfOrder("cameOnStage", { name: nameOf(people.value[String(about.profile_id)]) });
    case "became_moderator":
      return sayOfOrder("becameModerator", { name: nameOf(people.value[String(about.profile_id)]) });
    case "chat_on":
      return sayOfOrder("chatTurnedOn");
    case "chat_off":
      return sayOfOrder("chatTurnedOff");
    case "slow_mode":
      return about.seconds
        ? sayOfOrder("slowModeOn", { seconds: number(Number(about.seconds)) })
        : sayOfOrder("slowModeOff");
    case "chat_audience":
      return sayOfOrder(AUDIENCES[about.audience as keyof typeof AUDIENCES] ?? "chatForEverybody");
    case "links_on":
      return sayOfOrder("linksAllowed");
    case "links_off":
      return sayOfOrder("linksRefused");
    case "goal_reached":
      return sayOfOrder("goalReached", { title: String(about.title ?? "") });
    default:
      return null;
  }
}
