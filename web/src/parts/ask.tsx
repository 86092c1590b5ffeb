// A question before something that cannot be taken back.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { say } from "../words";

interface Question {
  children: ComponentChildren;
  yes: string;
  onYes: () => void;
  onNo: () => void;
}

export function Ask({ children, yes, onYes, onNo }: Question) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog class="ask card" ref={dialog} onClose={onNo}>
      <p>{children}</p>
      <div class="row">
        <button type="button" class="main" onClick={onYes}>
          {yes}
        </button>
        <button type="button" onClick={() => dialog.current!.close()}>
          {say("no")}
        </button>
      </div>
    </dialog>
  );
}
