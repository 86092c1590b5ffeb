// The frame: who you are, where you can go, and the page of the place you are at.
import { balance, profile, sahne, session } from "./client";
import { SessionPage } from "./pages/session";
import { SignIn } from "./pages/sign-in";
import { StagePage } from "./pages/stage";
import { StudioPage } from "./pages/studio";
import { Face, nameOf } from "./parts/face";
import { Coin } from "./parts/icons";
import { place } from "./place";
import { language, number, say, speak } from "./words";

export function App() {
  return (
    <>
      <Top />
      <main>{session.value ? <Page /> : <SignIn />}</main>
    </>
  );
}

function Page() {
  const [room, id] = place.value;
  if (room === "session" && id) return <SessionPage key={id} id={id} />;
  if (room === "studio") return <StudioPage />;
  return <StagePage />;
}

function Top() {
  return (
    <header class="top">
      <a class="brand" href="#/">
        <img src="/sahne.svg" alt="" width="28" height="28" /> Sahne
      </a>
      {session.value && (
        <nav>
          <Tab to="" name={say("stage")} />
          <Tab to="studio" name={say("studio")} />
        </nav>
      )}
      <span class="grow" />
      {balance.value !== null && (
        <span class="coins" data-testid="balance" title={say("coins")}>
          <Coin /> {number(balance.value)}
        </span>
      )}
      <OtherLanguage />
      {session.value && <Me />}
    </header>
  );
}

/** Who is signed in, and the way out. */
function Me() {
  const name = profile.value ? nameOf(profile.value) : (session.value?.user.email ?? say("somebody"));
  return (
    <>
      <button class="quiet me" popovertarget="me" data-testid="me">
        <Face person={profile.value} />
        <span>{name}</span>
      </button>
      <div id="me" class="menu card" popover="auto">
        <strong>{name}</strong>
        <small>{session.value?.user.email}</small>
        <OtherLanguage whole />
        <button onClick={() => void sahne.auth.signOut({ scope: "local" })}>{say("signOut")}</button>
      </div>
    </>
  );
}

/** On a phone it stands in one's own menu, once signed in: the header has no room. */
function OtherLanguage({ whole = false }) {
  const other = language.value === "tr" ? "en" : "tr";
  const name = other === "tr" ? "Türkçe" : "English";
  return (
    <button class={whole ? "" : "quiet language"} onClick={() => speak(other)} aria-label={name}>
      {whole ? name : other.toUpperCase()}
    </button>
  );
}

function Tab({ to, name }: { to: string; name: string }) {
  const here = (place.value[0] ?? "") === to || (to === "" && place.value[0] === "session");
  return (
    <a href={`#/${to}`} aria-current={here ? "page" : undefined}>
      {name}
    </a>
  );
}
