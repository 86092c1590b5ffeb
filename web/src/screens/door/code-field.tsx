// Where the code of a second factor is typed in; phones offer the one that they know.
interface Typed {
  label: string;
  wrong?: boolean;
  /** A code of letters, not the six digits of an app. */
  letters?: boolean;
}

export function CodeField({ label, wrong = false, letters = false }: Typed) {
  return (
    <div class={wrong ? "field wrong" : "field"}>
      <label>
        {label}
        <input
          name="code"
          inputMode={letters ? "text" : "numeric"}
          autocomplete={letters ? "off" : "one-time-code"}
          autocapitalize="none"
          spellcheck={false}
          aria-invalid={wrong || undefined}
          required
        />
      </label>
    </div>
  );
}
