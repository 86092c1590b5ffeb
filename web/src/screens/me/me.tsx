// Oneself: who is signed in, how the page speaks and looks, and the way out.
import { Face, nameOf } from "../../parts/face";
import { Icon } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { sahne } from "../../server/client";
import { login, profile } from "../../stores/login";
import { dress, look } from "../../stores/look";
import { language, say, speak } from "../../words";
import "./me.css";

export function Me() {
  const email = login.value?.user.email;
  return (
    <div class="page me">
      <section class="who">
        <Face person={profile.value} size="huge" />
        <h1 data-testid="me">{profile.value ? nameOf(profile.value) : (email ?? say("somebody"))}</h1>
        {email && <p class="dim">{email}</p>}
      </section>
      <section class="panel">
        <Setting name={say("language")}>
          <Segments
            name={say("language")}
            value={language.value}
            options={[
              { value: "en", label: "English" },
              { value: "tr", label: "Türkçe" },
            ]}
            onChoose={speak}
          />
        </Setting>
        <Setting name={say("look")}>
          <Segments
            name={say("look")}
            value={look.value}
            options={[
              { value: "device", label: say("asDevice") },
              { value: "light", label: say("day") },
              { value: "dark", label: say("night") },
            ]}
            onChoose={dress}
          />
        </Setting>
      </section>
      <button class="button full" onClick={() => void sahne.auth.signOut({ scope: "local" })}>
        <Icon name="signOut" />
        {say("signOut")}
      </button>
    </div>
  );
}

function Setting({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="setting">
      <h2>{name}</h2>
      {children}
    </div>
  );
}
