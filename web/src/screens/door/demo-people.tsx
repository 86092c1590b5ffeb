// The people of the demo world, in with one tap; a server outside of development does not have them.
import { useDoing } from "../../parts/doing";
import { Face } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { dataOf, sahne } from "../../server/client";
import { number, say } from "../../words";

const DEMO_PASSWORD = "sahne-demo";
const DEMO_COINS = 5000;
const demoPeople = [
  { name: "Ada", what: () => say("creator") },
  { name: "Bo", what: () => `${say("viewer")}, ${number(DEMO_COINS)} ${say("coins")}` },
  { name: "Cem", what: () => say("banned") },
  { name: "Dilek", what: () => say("noCoins") },
  { name: "Ege", what: () => say("admin") },
];

export function DemoPeople() {
  const { busy, failure, attempt } = useDoing();
  const enter = (name: string) => {
    const email = `${name.toLowerCase()}@example.com`;
    void attempt(() => dataOf(sahne.auth.signInWithPassword({ email, password: DEMO_PASSWORD })));
  };
  return (
    <section class="demo">
      <h2>{say("demoPeople")}</h2>
      <div class="people">
        {demoPeople.map(({ name, what }) => (
          <button key={name} class="person" disabled={busy} onClick={() => enter(name)}>
            <Face person={{ id: `demo ${name}`, username: null, display_name: name, avatar_url: null }} size="small" />
            <span>
              <strong>{name}</strong>
              <small>{what()}</small>
            </span>
          </button>
        ))}
      </div>
      <Failure error={failure} />
    </section>
  );
}
