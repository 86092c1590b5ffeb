// How one comes by coins: in the app from its store; where somebody tries things out, by a command.
import { useMemo, useState } from "preact/hooks";
import { config } from "../server/client";
import { login } from "../stores/login";
import { tell } from "../stores/toasts";
import { refreshBalance } from "../stores/wallet";
import { say } from "../words";
import { Coin, Icon } from "./icons";
import { Over } from "./sheet";
import "./add-coins.css";

const GRANTED = 1000;

export function AddCoins({ small = false }: { small?: boolean }) {
  const [open, setOpen] = useState(false);
  function close() {
    setOpen(false);
    void refreshBalance(); // they may be here by now
  }
  return (
    <>
      <button
        type="button"
        class={small ? "button gold small" : "button gold"}
        aria-haspopup="dialog"
        data-testid="add-coins"
        onClick={() => setOpen(true)}
      >
        <Icon name="plus" small /> {say("addCoins")}
      </button>
      {open && <HowTo onClose={close} />}
    </>
  );
}

function HowTo({ onClose }: { onClose: () => void }) {
  return (
    <Over title={say("addCoins")} onClose={onClose}>
      <p class="row how-to-add">
        <Coin />
        <span class="grow">{say(config.demo ? "addCoinsHere" : "addCoinsStore")}</span>
      </p>
      {config.demo && <Command />}
    </Over>
  );
}

/** For whoever runs a server of their own; a key is spent by one grant. */
function Command() {
  const key = useMemo(() => crypto.randomUUID().slice(0, 8), []);
  const command = `sahne coins grant ${login.value?.user.email} ${GRANTED} --key ${key}`;
  return (
    <>
      <code class="command">{command}</code>
      <button
        type="button"
        class="button main big full"
        onClick={() => void navigator.clipboard.writeText(command).then(() => tell(say("copied")))}
      >
        {say("copy")}
      </button>
    </>
  );
}
