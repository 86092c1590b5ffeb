// A tier as its creator writes it: what it is called, costs a month, and brings.
import type { Tier } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Over } from "../../parts/sheet";
import { operation } from "../../server/client";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import "./own.css";

const NAME_CHARACTERS_MAX = 80;
const PRICE_MIN = 1;
const PRICE_MAX = 1_000_000;
const PRICE_FIRST = 100;
const BENEFITS_MAX = 10;
const BENEFIT_CHARACTERS_MAX = 120;
const BENEFITS_ROWS = 4;

interface Written {
  /** Null is a new one. */
  tier: Tier | null;
  /** Where a new one stands. */
  place: number;
  onClose: () => void;
  onSaved: () => void;
}

export function TierForm({ tier, place, onClose, onSaved }: Written) {
  const { busy, failure, attempt } = useDoing();

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const done = await attempt(async () => {
      const fields = fieldsOf(form);
      if (tier) await operation<"edit_tier">("PATCH", `creators/tiers/${tier.id}`, fields);
      else await operation<"create_tier">("POST", "creators/tiers", { ...fields, order_index: place });
    });
    if (!done) return;
    tell(say("saved"));
    onClose();
    onSaved();
  }

  return (
    <Over title={sayOfSubscriptions(tier ? "editTier" : "newTier")} onClose={onClose}>
      <form class="tier-form" onSubmit={(event) => void save(event)}>
        <div class="field">
          <label>
            {sayOfSubscriptions("tierName")}
            <input
              name="name"
              defaultValue={tier?.name ?? ""}
              maxLength={NAME_CHARACTERS_MAX}
              autocomplete="off"
              required
            />
          </label>
        </div>
        <div>
          <div class="field">
            <label>
              {sayOfSubscriptions("tierPrice")}
              <input
                name="price"
                type="number"
                inputMode="numeric"
                min={PRICE_MIN}
                max={PRICE_MAX}
                step={1}
                defaultValue={String(tier?.coin_price ?? PRICE_FIRST)}
                required
              />
            </label>
          </div>
          {tier && <p class="hint">{sayOfSubscriptions("priceKept")}</p>}
        </div>
        <div>
          <div class="field of-lines">
            <label>
              {sayOfSubscriptions("tierBenefits")}
              <textarea name="benefits" rows={BENEFITS_ROWS} defaultValue={tier?.benefits.join("\n") ?? ""} />
            </label>
          </div>
          <p class="hint">{sayOfSubscriptions("benefitsHint")}</p>
        </div>
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
    </Over>
  );
}

function fieldsOf(form: HTMLFormElement) {
  const typed = new FormData(form);
  const name = String(typed.get("name")).trim();
  if (!name) throw new Error(sayOfSubscriptions("tierNeedsName"));
  return { name, coin_price: Number(typed.get("price")), benefits: benefitsIn(String(typed.get("benefits"))) };
}

function benefitsIn(typed: string): string[] {
  const lines = typed.split("\n").map((line) => line.trim());
  const benefits = [...new Set(lines)].filter(Boolean);
  if (benefits.length > BENEFITS_MAX || benefits.some((line) => [...line].length > BENEFIT_CHARACTERS_MAX)) {
    throw new Error(sayOfSubscriptions("benefitsTooMany"));
  }
  return benefits;
}
