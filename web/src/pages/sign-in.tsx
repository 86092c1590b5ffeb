// The door: e-mail and password, or one tap for each person of the demo world.
import { config, dataOf, sahne } from "../client";
import { useDoing } from "../doing";
import { Failure } from "../parts/failure";
import { number, say } from "../words";

const DEMO_PASSWORD = "sahne-demo";
const DEMO_COINS = 5000;
const demoPeople = [
  { name: "Ada", what: () => say("creator") },
  { name: "Bo", what: () => `${say("viewer")}, ${number(DEMO_COINS)} ${say("coins")}` },
  { name: "Cem", what: () => say("banned") },
  { name: "Dilek", what: () => say("noCoins") },
  { name: "Ege", what: () => say("admin") },
];

export function SignIn() {
  const { busy, failure, attempt } = useDoing();

  function enter(email: string, password: string) {
    void attempt(() => dataOf(sahne.auth.signInWithPassword({ email, password })));
  }

  function submit(event: SubmitEvent) {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    enter(String(form.get("email")), String(form.get("password")));
  }

  return (
    <section class="door">
      <div class="curtain">
        <h1>Sahne</h1>
        <p>{say("tagline")}</p>
      </div>
      <form class="card" onSubmit={submit}>
        <label>
          {say("email")}
          <input name="email" type="email" autocomplete="username" required />
        </label>
        <label>
          {say("password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        <button class="main" disabled={busy}>
          {say("signIn")}
        </button>
        <Failure error={failure} />
      </form>
      {config.demo && (
        <div class="card">
          <h2>{say("demoPeople")}</h2>
          <div class="people">
            {demoPeople.map(({ name, what }) => (
              <button
                key={name}
                class="person"
                disabled={busy}
                onClick={() => enter(`${name.toLowerCase()}@example.com`, DEMO_PASSWORD)}
              >
                <strong>{name}</strong>
                <small>{what()}</small>
              </button>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
