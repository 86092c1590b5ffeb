// An address that leads nowhere: said, with the way back.
import { Empty } from "../parts/empty";
import { say } from "../words";

export function Nowhere() {
  return (
    <Empty title={say("nowhere")} whole>
      <p>{say("nowhereHint")}</p>
      <a class="button main" href="#/">
        {say("toTheStage")}
      </a>
    </Empty>
  );
}
