// The chat: what was said, what is being said (without reloading), and saying something.
import { useEffect, useRef, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin } from "../../parts/icons";
import { dataOf, sahne } from "../../server/client";
import { login } from "../../stores/login";
import { meetPeople, people } from "../../stores/people";
import { number, say } from "../../words";

interface Line {
  id: string;
  message_type: "text" | "gift" | "system" | "pinned";
  content: string | null;
  gift_quantity: number | null;
  gift_coin_value: number | null;
  sender_profile_id: string;
  gift_id: string | null;
  created_at: string;
}

const COLUMNS = "id,message_type,content,gift_quantity,gift_coin_value,sender_profile_id,gift_id,created_at";
const LINES_MAX = 200;
const CONTENT_CHARACTERS_MAX = 500;
const COUNTED_FROM = 400; // below that nobody wants to know how much is left

export function Chat({ sessionId, open }: { sessionId: string; open: boolean }) {
  const [lines, setLines] = useState<Line[]>([]);
  const [gifts, setGifts] = useState<Record<string, string>>({});
  const [typed, setTyped] = useState("");
  const { failure, attempt, fail } = useDoing();
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const add = (fresh: Line[]) =>
      setLines((before) => {
        const known = new Set(before.map((line) => line.id));
        return [...before, ...fresh.filter((line) => !known.has(line.id))]
          .sort((a, b) => a.created_at.localeCompare(b.created_at))
          .slice(-LINES_MAX);
      });
    const remove = (id: string) => setLines((before) => before.filter((line) => line.id !== id));
    const channel = sahne
      .channel(`chat:${sessionId}`)
      .on(
        "postgres_changes",
        { event: "INSERT", schema: "public", table: "live_messages", filter: `session_id=eq.${sessionId}` },
        (change) => add([change.new as Line]),
      )
      .on("postgres_changes", { event: "DELETE", schema: "public", table: "live_messages" }, (change) =>
        remove((change.old as Line).id),
      )
      .subscribe((status) => {
        if (status === "SUBSCRIBED") listLines(sessionId).then(add, fail); // also after a reconnect: nothing said meanwhile is missed
      });
    void sahne
      .from("gifts")
      .select("id,name")
      .then(({ data }) => setGifts(Object.fromEntries((data ?? []).map((gift) => [gift.id, gift.name]))));
    return () => void sahne.removeChannel(channel);
  }, [sessionId]);

  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
    void meetPeople(lines.map((line) => line.sender_profile_id));
  }, [lines]);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const content = typed.trim();
    if (!content) return;
    const me = login.value!.user.id;
    const line = { session_id: sessionId, sender_id: me, sender_profile_id: me, content };
    if (await attempt(() => dataOf(sahne.from("live_messages").insert(line)))) setTyped("");
  }

  const left = CONTENT_CHARACTERS_MAX - [...typed.trim()].length; // as PostgreSQL counts: code points
  return (
    <aside class="chat panel">
      <div class="lines" role="log" aria-live="polite" data-testid="chat">
        {lines.map((line) => (
          <p key={line.id} class={`line ${line.message_type}`}>
            <Face person={people.value[line.sender_profile_id]} size="small" />
            <span class="said">
              <b>{nameOf(people.value[line.sender_profile_id])}</b>{" "}
              {line.message_type === "gift" ? (
                <>
                  {say("sentGift")} <em>{gifts[line.gift_id ?? ""] ?? ""}</em>
                  {(line.gift_quantity ?? 1) > 1 && ` × ${number(line.gift_quantity)}`} · <Coin />{" "}
                  {number(line.gift_coin_value)}
                </>
              ) : (
                line.content
              )}
            </span>
          </p>
        ))}
        <div ref={end} />
      </div>
      <Failure error={failure} />
      {left <= CONTENT_CHARACTERS_MAX - COUNTED_FROM && (
        <small class={left < 0 ? "count over" : "count"} role="status" data-testid="count">
          {number(Math.abs(left))} {say(left < 0 ? "charactersOver" : "charactersLeft")}
        </small>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <input
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
          placeholder={say("say")}
          autocomplete="off"
          disabled={!open}
          aria-label={say("say")}
          aria-invalid={left < 0}
        />
        <button class="button main" disabled={!open || left < 0}>
          {say("send")}
        </button>
      </form>
    </aside>
  );
}

/** The last lines that were said, newest first. */
function listLines(sessionId: string): Promise<Line[]> {
  return dataOf(
    sahne
      .from("live_messages")
      .select(COLUMNS)
      .eq("session_id", sessionId)
      .order("created_at", { ascending: false })
      .limit(LINES_MAX),
  );
}
