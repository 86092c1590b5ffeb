// What comes over the page: a sheet from below on a phone, a dialog in the middle where there is room, and the question
// before something that cannot be taken back. Focus, Escape, the scrim and what lies beneath are Zag's.
import * as dialog from "@zag-js/dialog";
import { normalizeProps, useMachine } from "@zag-js/preact";
import { type ComponentChildren, createPortal } from "preact";
import { useId } from "preact/hooks";
import { say } from "../words";
import { Icon } from "./icons";
import "./sheet.css";
import "./question.css";
import "./screenful.css";

interface Shown {
  title: string;
  /** From below with a handle, with a room's picture clear above it, or all the screen there is. */
  kind?: "sheet" | "room-sheet" | "screenful";
  /** Whose sheet it is: a face before the title, and a word under it. */
  face?: ComponentChildren;
  under?: string;
  /** A tap beside it does not close it. */
  held?: boolean;
  children: ComponentChildren;
  onClose: () => void;
}

/** Shown as long as it is rendered. */
export function Over({ title, kind = "sheet", face, under, held = false, children, onClose }: Shown) {
  const api = useDialog("dialog", onClose, held);
  return createPortal(
    <>
      <div {...api.getBackdropProps()} class={kind === "room-sheet" ? "scrim clear" : "scrim"} />
      <div {...api.getPositionerProps()} class={kind === "screenful" ? "over" : "over from-below"}>
        <div {...api.getContentProps()} class={kind === "room-sheet" ? "sheet of-room" : kind}>
          <header>
            {face}
            <div class="grow">
              <h2 {...api.getTitleProps()}>{title}</h2>
              {under && <small class="dim">{under}</small>}
            </div>
            <button {...api.getCloseTriggerProps()} class="round plain" aria-label={say("close")}>
              <Icon name="close" />
            </button>
          </header>
          <div class="scrolls">{children}</div>
        </div>
      </div>
    </>,
    document.body,
  );
}

interface Filling {
  name: string;
  role?: "dialog" | "alertdialog";
  children: ComponentChildren;
  onEscape: () => void;
}

/** The whole screen on a phone, a stage in the middle where there is room; nothing but what it holds closes it. */
export function Whole({ name, role = "dialog", children, onEscape }: Filling) {
  const api = useDialog(role, onEscape, true);
  return createPortal(
    <>
      <div {...api.getBackdropProps()} class="scrim of-whole" />
      <div {...api.getPositionerProps()} class="over whole">
        <div {...api.getContentProps()} class="fills">
          <h2 {...api.getTitleProps()} class="unseen">
            {name}
          </h2>
          {children}
        </div>
      </div>
    </>,
    document.body,
  );
}

interface Question {
  title: string;
  children?: ComponentChildren;
  yes: string;
  danger?: boolean;
  /** It cannot be said yes to; its words say why. */
  impossible?: boolean;
  onYes: () => void;
  onNo: () => void;
}

export function Ask({ title, children, yes, danger = false, impossible = false, onYes, onNo }: Question) {
  const api = useDialog("alertdialog", onNo);
  return createPortal(
    <>
      <div {...api.getBackdropProps()} class="scrim" />
      <div {...api.getPositionerProps()} class="over">
        <div {...api.getContentProps()} class="question">
          <h2 {...api.getTitleProps()}>{title}</h2>
          {children && <div {...api.getDescriptionProps()}>{children}</div>}
          <div class="answers">
            <button {...api.getCloseTriggerProps()} class="button soft">
              {say("no")}
            </button>
            <button
              type="button"
              class={danger ? "button danger" : "button main"}
              disabled={impossible}
              onClick={onYes}
            >
              {yes}
            </button>
          </div>
        </div>
      </div>
    </>,
    document.body,
  );
}

function useDialog(role: "dialog" | "alertdialog", onClose: () => void, held = false) {
  const service = useMachine(dialog.machine, {
    id: useId(),
    role,
    open: true,
    closeOnInteractOutside: !held,
    onRequestDismiss: (event) => event.preventDefault(), // of another sheet that was beneath and went: each goes by itself
    onOpenChange: ({ open }) => {
      if (!open) onClose();
    },
  });
  return dialog.connect(service, normalizeProps);
}
