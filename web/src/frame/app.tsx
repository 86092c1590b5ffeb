// The frame: the places one can go, what holds everywhere, and the screen of the place one is at.
import { useEffect } from "preact/hooks";
import { later } from "../parts/later";
import { Discover } from "../screens/discover/discover";
import { Door } from "../screens/door/door";
import { Nowhere } from "../screens/nowhere";
import { login } from "../stores/login";
import { wide } from "../stores/look";
import { told } from "../stores/toasts";
import { say } from "../words";
import { ConnectionBanner } from "./banner";
import { Head, Rail, Tabs } from "./navigation";
import { place } from "./place";

const SessionScreen = later(() => import("../screens/session/session").then((file) => file.SessionScreen));
const Studio = later(() => import("../screens/studio/studio").then((file) => file.Studio));
const Toasts = later(() => import("../parts/toasts").then((file) => file.Toasts));
const Me = later(() => import("../screens/me/me").then((file) => file.Me));

export function App() {
  return (
    <>
      {login.value ? <Inside /> : <Door />}
      {told.value.length > 0 && <Toasts />}
    </>
  );
}

function Inside() {
  const inSession = place.value[0] === "session"; // there the thumb's place is the composer's
  return (
    <div class={`frame${wide.value ? " wide" : ""}${inSession ? " in-session" : ""}`}>
      {wide.value ? <Rail /> : <Head />}
      <main>
        <ConnectionBanner />
        <Screen />
      </main>
      {!wide.value && !inSession && <Tabs />}
    </div>
  );
}

function Screen() {
  const [room, id] = place.value;
  const title = room === "studio" ? say("studio") : room === "me" ? say("me") : say("stage");
  useEffect(() => {
    document.title = `${title} · Sahne`; // a session adds its own name, once it is known
  }, [title]);
  if (room === undefined) return <Discover />;
  if (room === "session" && id) return <SessionScreen key={id} id={id} />;
  if (room === "studio") return <Studio />;
  if (room === "me") return <Me />;
  return <Nowhere />;
}
