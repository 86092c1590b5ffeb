// One way on from a sheet: what it does, and what that means.
import { Icon, type IconName } from "../../../parts/icons";

interface Led {
  icon: IconName;
  word: string;
  means: string;
  busy: boolean;
  danger?: boolean;
  onClick: () => void;
}

export function Way({ icon, word, means, busy, danger = false, onClick }: Led) {
  return (
    <li>
      <button class={danger ? "way-on danger" : "way-on"} disabled={busy} onClick={onClick}>
        <Icon name={icon} />
        <span class="grow">
          <b>{word}</b>
          <small>{means}</small>
        </span>
        <Icon name="more" small />
      </button>
    </li>
  );
}
