// A chat's rules, for who keeps order: on or off, how often, for whom, links; and the host's list of words.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../../parts/doing";
import { Failure } from "../../../parts/failure";
import { Segments } from "../../../parts/segments";
import { Switch } from "../../../parts/switch";
import { operation } from "../../../server/client";
import type { LiveSession } from "../../../stores/live-session";
import { tell } from "../../../stores/toasts";
import { number, say } from "../../../words";
import { sayOfOrder } from "../../../words/order";
import { changeChat, turnChat } from "./acts";
import { Labelled } from "./labelled";

const SLOW_SECONDS = ["0", "5", "15", "60"] as const;

export function ChatRules({ live, host }: { live: LiveSession; host: boolean }) {
  const doing = useDoing();
  const change = (rules: Parameters<typeof changeChat>[1]) => void doing.attempt(() => changeChat(live.id, rules));
  const slow = SLOW_SECONDS.find((each) => Number(each) >= live.slow_mode_seconds) ?? "60";
  return (
    <>
      <ul class="switches">
        <li>
          <Switch
            name={say("chat")}
            means={say(live.chat_enabled ? "chatOnMeans" : "chatOffMeans")}
            on={live.chat_enabled}
            disabled={doing.busy}
            onTurn={(on) => void doing.attempt(() => turnChat(live.id, on))}
          />
        </li>
        <li>
          <Switch
            name={sayOfOrder("linksInChat")}
            means={sayOfOrder(live.chat_links_enabled ? "linksOnMeans" : "linksOffMeans")}
            on={live.chat_links_enabled}
            disabled={doing.busy}
            onTurn={(links) => change({ links })}
          />
        </li>
      </ul>
      <Labelled word={sayOfOrder("slowMode")}>
        <Segments
          name={sayOfOrder("slowMode")}
          value={slow}
          options={SLOW_SECONDS.map((value) => ({
            value,
            label: value === "0" ? sayOfOrder("off") : say("secondsShort", { seconds: number(Number(value)) }),
          }))}
          onChoose={(seconds) => change({ slow_mode_seconds: Number(seconds) })}
        />
      </Labelled>
      <Labelled word={sayOfOrder("whoWrites")}>
        <Segments
          name={sayOfOrder("whoWrites")}
          value={live.chat_audience}
          options={[
            { value: "everybody", label: say("everybody") },
            { value: "followers", label: sayOfOrder("followersOnly") },
            { value: "subscribers", label: say("subscribers") },
          ]}
          onChoose={(audience) => change({ audience })}
        />
      </Labelled>
      <Failure error={doing.failure} />
      {host && <BlockedWords sessionId={live.id} />}
    </>
  );
}

function BlockedWords({ sessionId }: { sessionId: string }) {
  const doing = useDoing();
  const [typed, setTyped] = useState<string | null>(null);

  useEffect(() => {
    void doing.attempt(async () => {
      const kept = await operation<"own_blocked_words">("GET", "live/blocked-words");
      setTyped(kept.blocked_words.join(", "));
    });
  }, []);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const blocked_words = (typed ?? "")
      .split(/[,\n]/)
      .map((word) => word.trim())
      .filter(Boolean);
    void doing.attempt(async () => {
      await changeChat(sessionId, { blocked_words });
      tell(sayOfOrder("didWords"));
    });
  }

  return (
    <form class="ban" onSubmit={submit}>
      <div class="field">
        <label>
          {sayOfOrder("blockedWords")}
          <input
            value={typed ?? ""}
            disabled={typed === null}
            autocomplete="off"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
      </div>
      <p class="hint">{sayOfOrder("blockedWordsMeans")}</p>
      <Failure error={doing.failure} />
      <button class="button" disabled={doing.busy || typed === null}>
        {say("save")}
      </button>
    </form>
  );
}
