// Where a phone number is typed in.
import { sayOfPhone } from "../../words/phone";

const NUMBER_CHARACTERS_MAX = 30;

export function NumberField({ wrong }: { wrong: boolean }) {
  return (
    <div>
      <div class={wrong ? "field wrong" : "field"}>
        <label>
          {sayOfPhone("number")}
          <input
            type="tel"
            name="phone"
            autocomplete="tel"
            maxLength={NUMBER_CHARACTERS_MAX}
            aria-invalid={wrong || undefined}
            aria-describedby="phone-hint"
            required
          />
        </label>
      </div>
      <p class="hint" id="phone-hint">
        {sayOfPhone("numberMeans")}
      </p>
    </div>
  );
}
