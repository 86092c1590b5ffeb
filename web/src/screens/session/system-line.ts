// What the house says in a chat, in words: lines come as a code and what it is about.
import { nameOf } from "../../parts/face";
import type { Row } from "../../stores/chat";
import { people } from "../../stores/people";
import { number, say } from "../../words";

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
      return say("cameOnStage", { name: nameOf(people.value[String(about.profile_id)]) });
    case "became_moderator":
      return say("becameModerator", { name: nameOf(people.value[String(about.profile_id)]) });
    case "chat_on":
      return say("chatTurnedOn");
    case "chat_off":
      return say("chatTurnedOff");
    case "slow_mode":
      return about.seconds ? say("slowModeOn", { seconds: number(Number(about.seconds)) }) : say("slowModeOff");
    case "chat_audience":
      return say(AUDIENCES[about.audience as keyof typeof AUDIENCES] ?? "chatForEverybody");
    case "links_on":
      return say("linksAllowed");
    case "links_off":
      return say("linksRefused");
    case "goal_reached":
      return say("goalReached", { title: String(about.title ?? "") });
    default:
      return null;
  }
}
