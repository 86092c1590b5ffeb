// Where what was just done is said: above the tabs, read out politely, in nobody's way.
import { hush, type Told, told } from "../stores/toasts";
import { say } from "../words";
import "./toasts.css";

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {told.value && <Toast {...told.value} />}
    </div>
  );
}

function Toast({ sentence, undo, way }: Told) {
  function takeBack() {
    hush();
    undo?.();
  }

  return (
    <p class="toast">
      <span class="grow">{sentence}</span>
      {undo && (
        <button class="button link" onClick={takeBack}>
          {say("undo")}
        </button>
      )}
      {way && (
        <a class="button link" href={`#${way.to}`} onClick={hush}>
          {way.name}
        </a>
      )}
    </p>
  );
}
