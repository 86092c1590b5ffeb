// A creator's tiers to choose one of: what each is called, costs and brings, and what there is to say of it here.

import type { Tier } from "../../operations";
import { Coin, Icon } from "../../parts/icons";
import { number } from "../../words";
import { sayOfSubscriptions } from "../../words/subscriptions";
import "./tiers.css";

interface Choice {
  name: string;
  tiers: Tier[];
  chosen: string | undefined;
  /** A word under a tier's name. */
  note?: (tier: Tier) => string | null;
  /** What cannot be chosen here, and still is shown. */
  shut?: (tier: Tier) => boolean;
  onChoose: (tier: Tier) => void;
}

export function TierChoice({ name, tiers, chosen, note, shut, onChoose }: Choice) {
  return (
    <fieldset class="tiers">
      <legend class="unseen">{name}</legend>
      {tiers.map((tier) => (
        <label key={tier.id} class="tier" data-testid="tier">
          <input
            type="radio"
            name={name}
            value={tier.id}
            checked={tier.id === chosen}
            disabled={shut?.(tier) ?? false}
            onChange={() => onChoose(tier)}
          />
          <TierFace tier={tier} note={note?.(tier) ?? null} />
        </label>
      ))}
    </fieldset>
  );
}

export function TierFace({ tier, note }: { tier: Tier; note: string | null }) {
  return (
    <span class="tier-face">
      <span class="tier-head">
        <b class="grow">{tier.name}</b>
        <span class="coins">
          <Coin /> {number(tier.coin_price)} <small>{sayOfSubscriptions("aMonth")}</small>
        </span>
      </span>
      {note && <small class="tier-note">{note}</small>}
      {tier.benefits.map((benefit) => (
        <span key={benefit} class="benefit">
          <Icon name="check" small />
          {benefit}
        </span>
      ))}
    </span>
  );
}
