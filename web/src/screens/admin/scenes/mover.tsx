// A button that moves a row of a list one place up or down.
import { Icon } from "../../../parts/icons";
import { sayOfKeeping } from "../../../words/keeping";

interface Moved {
  up?: boolean;
  name: string;
  disabled: boolean;
  onMove: () => void;
}

export function Mover({ up = false, name, disabled, onMove }: Moved) {
  return (
    <button
      class={up ? "round plain turned" : "round plain"}
      aria-label={sayOfKeeping(up ? "further" : "back", { name })}
      disabled={disabled}
      onClick={onMove}
    >
      <Icon name="down" />
    </button>
  );
}
