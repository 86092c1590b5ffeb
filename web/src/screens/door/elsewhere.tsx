// A button for each provider that one may sign in with.
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { config } from "../../server/client";
import { goTo } from "../../stores/elsewhere";
import { nameOf, sayOfElsewhere } from "../../words/elsewhere";
import "../../parts/elsewhere.css";

export function Elsewhere() {
  const { busy, failure, attempt } = useDoing();
  return (
    <section class="elsewhere">
      <p class="or dim">{sayOfElsewhere("or")}</p>
      {config.providers.map((provider) => (
        <button
          key={provider}
          type="button"
          class="button big full"
          disabled={busy}
          onClick={() => void attempt(() => goTo(provider))}
        >
          <Initial provider={provider} />
          {sayOfElsewhere("goOn", { name: nameOf(provider) })}
        </button>
      ))}
      <Failure error={failure} />
    </section>
  );
}

export const Initial = ({ provider }: { provider: string }) => (
  <span class={`initial of-${provider.replace(":", "-")}`} aria-hidden="true">
    {provider === "email" ? "@" : nameOf(provider).charAt(0)}
  </span>
);
