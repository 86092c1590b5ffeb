// The chat: what was said, what is being said (without reloading), and saying something.
import { useEffect, useRef, useState } from "preact/hooks";
import { sahne, session as login } from "../client";
import { say } from "../words";
import { Face, nameOf, type Person } from "./face";
import { Failure } from "./failure";
import { Coin } from "./icons";

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

export function Chat({ sessionId, open }: { sessionId: string; open: boolean }) {
  const [lines, setLines] = useState<Line[]>([]);
  const [people, setPeople] = useState<Record<string, Person>>({});
  const [gifts, setGifts] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const add = (fresh: Line[]) =>
      setLines((before) => {
        const known = new Set(before.map((line) => line.id));
        return [...before, ...fresh.filter((line) => !known.has(line.id))]
          .sort((a, b) => a.created_at.localeCompare(b.created_at))
          .slice(-LINES_MAX);
      });
    const load = async () => {
      const { data, error } = await sahne
        .from("live_messages")
        .select(COLUMNS)
        .eq("session_id", sessionId)
        .order("created_at", { ascending: false })
        .limit(LINES_MAX);
      if (error) setFailure(error);
      else add(data as Line[]);
    };
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
        if (status === "SUBSCRIBED") void load(); // also after a reconnect: nothing said meanwhile is missed
      });
    void sahne
      .from("gifts")
      .select("id,name")
      .then(({ data }) => setGifts(Object.fromEntries((data ?? []).map((gift) => [gift.id, gift.name]))));
    return () => void sahne.removeChannel(channel);
  }, [sessionId]);

  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
    const unknown = [...new Set(lines.map((line) => line.sender_profile_id))].filter((id) => !(id in people));
    if (unknown.length === 0) return;
    void sahne
      .from("public_profiles")
      .select("id,username,display_name,avatar_url")
      .in("id", unknown)
      .then(({ data }) =>
        setPeople((before) => ({ ...before, ...Object.fromEntries(((data ?? []) as Person[]).map((person) => [person.id, person])) })),
      );
  }, [lines]);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const content = String(new FormData(form).get("content")).trim();
    if (!content) return;
    const me = login.value!.user.id;
    const { error } = await sahne
      .from("live_messages")
      .insert({ session_id: sessionId, sender_id: me, sender_profile_id: me, content });
    setFailure(error);
    if (!error) form.reset();
  }

  return (
    <aside class="chat card">
      <div class="lines" role="log" aria-live="polite" data-testid="chat">
        {lines.map((line) => (
          <p key={line.id} class={`line ${line.message_type}`}>
            <Face person={people[line.sender_profile_id]} />
            <span>
              <b>{nameOf(people[line.sender_profile_id])}</b>{" "}
              {line.message_type === "gift" ? (
                <>
                  {say("sentGift")} <em>{gifts[line.gift_id ?? ""] ?? ""}</em>
                  {(line.gift_quantity ?? 1) > 1 && ` × ${line.gift_quantity}`} · <Coin /> {line.gift_coin_value}
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
      <form onSubmit={(event) => void submit(event)}>
        <input name="content" maxLength={500} placeholder={say("say")} autocomplete="off" disabled={!open} aria-label={say("say")} />
        <button class="main" disabled={!open}>
          {say("send")}
        </button>
      </form>
    </aside>
  );
}
