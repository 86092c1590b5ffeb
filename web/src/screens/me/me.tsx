// Oneself: who is signed in and how others see them, the coins, how the page speaks and looks, and the way out.
import { useState } from "preact/hooks";
import { Counted } from "../../parts/counted";
import { useDoing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Coin, Icon, type IconName } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { Ask } from "../../parts/sheet";
import { dataOf, sahne } from "../../server/client";
import { login, profile } from "../../stores/login";
import { dress, look } from "../../stores/look";
import { tell } from "../../stores/toasts";
import { balance } from "../../stores/wallet";
import { language, say, speak } from "../../words";
import { sayOfAccount } from "../../words/account";
import { sayOfAdmin } from "../../words/admin";
import { sayOfPrices } from "../../words/prices";
import { sayOfSecurity } from "../../words/security";
import { sayOfShadows } from "../../words/shadows";
import { sayOfSubscriptions } from "../../words/subscriptions";
import { KeptPhotos } from "./kept-photos";
import "./me.css";

export function Me() {
  const { email, phone } = login.value?.user ?? {};
  const contact = email || (phone && `+${phone}`);
  const me = profile.value;
  return (
    <div class="page me">
      <section class="who">
        <span class="folds" aria-hidden="true" />
        <a class="portrait" href="#/me/edit" aria-label={say("editProfile")}>
          <Face person={me} size="huge" />
          <span class="round card">
            <Icon name="edit" />
          </span>
        </a>
        <h1 data-testid="me">{me ? nameOf(me) : contact || say("somebody")}</h1>
        <p class="dim">{[me?.username && `@${me.username}`, contact].filter(Boolean).join(" · ")}</p>
        {me?.is_creator && <span class="pill gold">{say("creator")}</span>}
      </section>
      <nav class="listing" aria-label={say("me")}>
        <ul>
          <Way to="/wallet" icon="wallet" name={say("wallet")}>
            {balance.value !== null && (
              <span class="coins">
                <Coin />
                <Counted value={balance.value} />
              </span>
            )}
          </Way>
          <Way to="/studio/pictures" icon="image" name={say("myPictures")} />
          {me?.is_creator && <Way to="/me/tiers" icon="crown" name={sayOfSubscriptions("yourTiers")} />}
          {me?.is_creator && <Way to="/me/calls" icon="phone" name={sayOfPrices("callPrices")} />}
          <Way to="/notices/settings" icon="bell" name={say("notices")} />
          {me?.role === "admin" && <Way to="/admin" icon="chart" name={sayOfAdmin("admin")} />}
          <Way to="/me/edit" icon="edit" name={say("editProfile")} />
          <Way to="/me/faces" icon="people" name={sayOfShadows("faces")} />
          <Way to="/me/security" icon="lock" name={sayOfSecurity("security")} />
          <Way to="/me/account" icon="me" name={sayOfAccount("account")} />
        </ul>
      </nav>
      <section class="panel">
        <Setting name={say("language")}>
          <Segments
            name={say("language")}
            value={language.value}
            options={[
              { value: "en", label: "English" },
              { value: "tr", label: "Türkçe" },
            ]}
            onChoose={(chosen) => void speak(chosen).catch(() => {})}
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
      <KeptPhotos />
      <Sessions />
    </div>
  );
}

interface Leading {
  to: string;
  icon: IconName;
  name: string;
  children?: preact.ComponentChildren;
}

function Way({ to, icon, name, children }: Leading) {
  return (
    <li>
      <a href={`#${to}`}>
        <Icon name={icon} />
        <b class="grow">{name}</b>
        {children}
        <Icon name="more" />
      </a>
    </li>
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

/** This browser's, and all the others'. */
function Sessions() {
  const [asked, setAsked] = useState(false);
  const { busy, failure, attempt } = useDoing();

  async function endOthers() {
    setAsked(false);
    const done = await attempt(() =>
      dataOf(sahne.auth.signOut({ scope: "others" }).then(({ error }) => ({ data: null, error }))),
    );
    if (done) tell(say("othersSignedOut"));
  }

  return (
    <section class="leaving">
      <button class="button full" onClick={() => void sahne.auth.signOut({ scope: "local" })}>
        <Icon name="signOut" />
        {say("signOut")}
      </button>
      <button class="button plain full" disabled={busy} onClick={() => setAsked(true)}>
        {say("signOutOthers")}
      </button>
      <Failure error={failure} />
      {asked && (
        <Ask
          title={say("signOutOthersAsked")}
          yes={say("signOutOthersYes")}
          onYes={() => void endOthers()}
          onNo={() => setAsked(false)}
        >
          {say("signOutOthersMeans")}
        </Ask>
      )}
    </section>
  );
}
