// A state that lasts: the server is gone, and for a moment that it is back.
import { Icon } from "../parts/icons";
import { connection } from "../server/connection";
import { say } from "../words";

export function ConnectionBanner() {
  const state = connection.value;
  return (
    <div role="status" class="lasting">
      {state !== "here" && (
        <p class={state === "back" ? "banner good" : "banner"}>
          <Icon name="signal" small />
          {say(state === "back" ? "backAgain" : "unreachable")}
        </p>
      )}
    </div>
  );
}
