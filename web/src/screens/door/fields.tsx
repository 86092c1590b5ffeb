// The door's fields: the label lies inside, and a password can be looked at.
import { useState } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { say } from "../../words";

interface Wanted {
  name: string;
  label: string;
  type?: "text" | "email";
  autocomplete: "name" | "username";
  maxLength?: number;
}

export function Field({ name, label, type = "text", autocomplete, maxLength }: Wanted) {
  return (
    <div class="field">
      <label>
        {label}
        <input type={type as "email"} name={name} autocomplete={autocomplete} maxLength={maxLength} required />
      </label>
    </div>
  );
}

interface Password {
  autocomplete: "current-password" | "new-password";
  wrong?: boolean;
  minLength?: number;
  value?: string;
  onInput?: (typed: string) => void;
  describedBy?: string;
}

export function PasswordField({ autocomplete, wrong = false, minLength, value, onInput, describedBy }: Password) {
  const [shown, setShown] = useState(false);
  return (
    <div class={wrong ? "field wrong" : "field"}>
      <label>
        {say("password")}
        <input
          name="password"
          type={(shown ? "text" : "password") as "password"}
          autocomplete={autocomplete}
          minLength={minLength}
          value={value}
          aria-invalid={wrong || undefined}
          aria-describedby={describedBy}
          onInput={(event) => onInput?.(event.currentTarget.value)}
          required
        />
      </label>
      <button
        type="button"
        class="round plain"
        aria-label={say("showTyped")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        <Icon name={shown ? "eyeOff" : "eye"} />
      </button>
    </div>
  );
}
