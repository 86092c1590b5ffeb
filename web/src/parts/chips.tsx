// One of several, in a row that scrolls sideways, or in as many as it takes: radio buttons that look like chips.
import "./chips.css";

interface Choice<T extends string> {
  name: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
  wrapped?: boolean;
}

export function Chips<T extends string>({ name, value, options, onChoose, wrapped = false }: Choice<T>) {
  return (
    <fieldset class={wrapped ? "chips wrapped" : "chips"}>
      <legend class="unseen">{name}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChoose(option.value)}
          />
          <span>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
