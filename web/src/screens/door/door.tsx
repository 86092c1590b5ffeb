// The door: sign in, make an account, or come back without a password; behind it one lands where the address says. In development the people of the
// demo world come in with one tap.
import { useEffect, useState } from "preact/hooks";
import { ConnectionBanner } from "../../frame/banner";
import { place } from "../../frame/place";
import { Curtain } from "../../parts/curtain";
import { later } from "../../parts/later";
import { config, hasPasskeys, sahne } from "../../server/client";
import { halfway, login, recovering } from "../../stores/login";
import { language, say, speak } from "../../words";
import { DemoPeople } from "./demo-people";
import { SignIn } from "./sign-in";
import "./door.css";

const Create = later(() => import("./create").then((file) => file.Create));
const Forgotten = later(() => import("./forgotten").then((file) => file.Forgotten));
const NewPassword = later(() => import("./new-password").then((file) => file.NewPassword));
const SecondStep = later(() => import("./second-step").then((file) => file.SecondStep));
const ByPasskey = later(() => import("./by-passkey").then((file) => file.ByPasskey));
const Elsewhere = later(() => import("./elsewhere").then((file) => file.Elsewhere));
const ByPhone = later(() => import("./phone").then((file) => file.ByPhone));
const Phone = later(() => import("./phone").then((file) => file.Phone));

export function Door() {
  const [at, goTo] = useState<"sign-in" | "create" | "forgotten" | "phone">("sign-in");
  const chooses = recovering.value && login.value !== null;
  const creating = at === "create";
  const signIn = () => goTo("sign-in");
  const isFirst = !chooses && !halfway.value;
  const isAtSignIn = isFirst && at === "sign-in";
  const landing = useLanding();
  useEffect(() => {
    document.title = `${say(creating ? "createAccount" : "signIn")} · Sahne`;
  }, [creating, language.value]);
  return (
    <main class={at === "sign-in" ? "door" : "door creating"}>
      <div class="art">
        <Curtain />
        <OtherLanguage />
      </div>
      <div class="entrance">
        <ConnectionBanner />
        {halfway.value ? (
          <SecondStep />
        ) : chooses ? (
          <NewPassword />
        ) : creating ? (
          <Create onSignIn={signIn} />
        ) : at === "forgotten" ? (
          <Forgotten onSignIn={signIn} />
        ) : at === "phone" ? (
          <Phone onSignIn={signIn} />
        ) : (
          <SignIn onCreate={() => goTo("create")} onForgotten={() => goTo("forgotten")} />
        )}
        {hasPasskeys() && isAtSignIn && <ByPasskey />}
        {config.phone && isAtSignIn && <ByPhone onPhone={() => goTo("phone")} />}
        {config.providers.length > 0 && isFirst && (at === "sign-in" || creating) && <Elsewhere />}
        {landing && (
          <p class="landing">
            {say("landsAt")} <b>{landing}</b>
          </p>
        )}
        {config.demo && isAtSignIn && <DemoPeople />}
      </div>
    </main>
  );
}

/** The name of the session the address leads to; anybody may read the ones that are on or planned. */
function useLanding(): string | null {
  const [title, setTitle] = useState<string | null>(null);
  const [room, id] = place.value;
  useEffect(() => {
    if (room !== "session" || !id) return setTitle(null);
    void sahne
      .from("live_sessions")
      .select("title")
      .eq("id", id)
      .maybeSingle<{ title: string | null }>()
      .then(({ data }) => setTitle(data?.title ?? null));
  }, [room, id]);
  return room === "studio" ? say("studio") : title;
}

function OtherLanguage() {
  const other = language.value === "tr" ? "en" : "tr";
  const name = other === "tr" ? "Türkçe" : "English";
  return (
    <button type="button" class="language" lang={other} onClick={() => void speak(other).catch(() => {})}>
      {name}
    </button>
  );
}
