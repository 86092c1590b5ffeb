// The frame: who you are, where you can go, and the page of the place you are at.
import { balance, profile, sahne, session } from "./client";
import { Face, nameOf } from "./parts/face";
import { Coin } from "./parts/icons";
import { SessionPage } from "./pages/session";
import { SignIn } from "./pages/sign-in";
import { StagePage } from "./pages/stage";
import { StudioPage } from "./pages/studio";
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
  const other = language.value === "tr" ? "en" : "tr";
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
      <button class="quiet" onClick={() => speak(other)} aria-label={other === "tr" ? "Türkçe" : "English"}>
        {other.toUpperCase()}
      </button>
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
        <button onClick={() => void sahne.auth.signOut({ scope: "local" })}>{say("signOut")}</button>
      </div>
    </>
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
