// The frame: the places one can go, what holds everywhere, and the screen of the place one is at.
import { useEffect } from "preact/hooks";
import { later } from "../parts/later";
import { Discover } from "../screens/discover/discover";
import { Door } from "../screens/door/door";
import { Nowhere } from "../screens/nowhere";
import { halfway, login, recovering } from "../stores/login";
import { dimmed, wide } from "../stores/look";
import { say } from "../words";
import type { Words } from "../words/english";
import { ConnectionBanner } from "./banner";
import { Head, Rail, Tabs } from "./navigation";
import { place } from "./place";
import { Rings } from "./rings";
import { Toasts } from "./toasts";
import "./frame.css";

const SessionScreen = later(() => import("../screens/session/session").then((file) => file.SessionScreen));
const GoLive = later(() => import("../screens/go-live/go-live").then((file) => file.GoLive));
const Studio = later(() => import("../screens/studio/studio").then((file) => file.Studio));
const Calls = later(() => import("../screens/calls/calls").then((file) => file.Calls));
const Me = later(() => import("../screens/me/me").then((file) => file.Me));
const EditProfile = later(() => import("../screens/me/edit").then((file) => file.EditProfile));
const Profile = later(() => import("../screens/profile/profile").then((file) => file.Profile));
const Wallet = later(() => import("../screens/wallet/wallet").then((file) => file.Wallet));
const Subscriptions = later(() => import("../screens/subscriptions/own").then((file) => file.Subscriptions));
const CallPrices = later(() => import("../screens/me/call-prices").then((file) => file.CallPrices));
const Security = later(() => import("../screens/me/security").then((file) => file.Security));
const Account = later(() => import("../screens/me/account").then((file) => file.Account));
const Admin = later(() => import("../screens/admin/admin").then((file) => file.Admin));
const Notices = later(() => import("../screens/notices/notices").then((file) => file.Notices));
const NoticeSettings = later(() => import("../screens/notices/settings").then((file) => file.NoticeSettings));
const Tiers = later(() => import("../screens/subscriptions/tiers").then((file) => file.Tiers));

const TITLES: Partial<Record<string, keyof Words>> = {
  "go-live": "goLive",
  studio: "studio",
  calls: "calls",
  me: "me",
  wallet: "wallet",
  notices: "notices",
};

export function App() {
  return (
    <>
      {login.value && !recovering.value && !halfway.value ? <Inside /> : <Door />}
      <Toasts />
    </>
  );
}

function Inside() {
  const room = place.value[0];
  const inSession = room === "session"; // there the thumb's place is the composer's
  useEffect(() => scrollTo(0, 0), []); // the door may have been scrolled
  return (
    <div class={`frame${wide.value ? " wide" : ""}${inSession ? " in-session" : ""}${dimmed.value ? " in-room" : ""}`}>
      {wide.value ? <Rail /> : !dimmed.value && <Head />}
      <main tabIndex={-1}>
        <ConnectionBanner />
        <Screen />
      </main>
      {!wide.value && !inSession && room !== "go-live" && <Tabs />}
      <Rings />
    </div>
  );
}

function Screen() {
  const [room, id] = place.value;
  const title = say(TITLES[room ?? ""] ?? "stage");
  useEffect(() => {
    // who came by keys goes on from here, not from the top of the page
    if (document.activeElement === document.body) document.querySelector("main")?.focus({ preventScroll: true });
  }, [room, id]);
  useEffect(() => {
    document.title = `${title} · Sahne`; // a session adds its own name, once it is known
  }, [title]);
  if (room === undefined || room === "following") return <Discover />;
  if (room === "session" && id) return <SessionScreen key={id} id={id} />;
  if (room === "go-live") return <GoLive />;
  if (room === "studio") return <Studio />;
  if (room === "calls") return <Calls />;
  if (room === "me" && id === "tiers") return <Tiers />;
  if (room === "me" && id === "calls") return <CallPrices />;
  if (room === "me" && id === "security") return <Security />;
  if (room === "me" && id === "account") return <Account />;
  if (room === "me") return id === "edit" ? <EditProfile /> : <Me />;
  if (room === "notices") return id === "settings" ? <NoticeSettings /> : <Notices />;
  if (room === "admin") return <Admin />;
  if (room === "wallet") return id === "subscriptions" ? <Subscriptions /> : <Wallet />;
  if (room === "profile" && id) return <Profile key={id} id={id} />;
  return <Nowhere />;
}
