// Something that is on or off: a checkbox that looks like a switch and is called one.
import "./switch.css";

interface Turned {
  name: string;
  /** What it being so means. */
  means?: string;
  on: boolean;
  disabled?: boolean;
  onTurn: (on: boolean) => void;
}

export function Switch({ name, means, on, disabled, onTurn }: Turned) {
  return (
    <label class="switch">
      <span class="grow">
        {name}
        {means && <small>{means}</small>}
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        disabled={disabled}
        onChange={({ currentTarget }) => onTurn(currentTarget.checked)}
      />
    </label>
  );
}
