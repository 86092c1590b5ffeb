// One of a few: real radio buttons that look like a switch, so that arrow keys and screen readers know them.
import "./segments.css";

interface Choice<T extends string> {
  name: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChoose: (value: T) => void;
}

export function Segments<T extends string>({ name, value, options, onChoose }: Choice<T>) {
  return (
    <fieldset class="segments">
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
