// Where what was just done is said: above the tabs, read out politely, in nobody's way.
import { told } from "../stores/toasts";

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {told.value && <p class="toast">{told.value}</p>}
    </div>
  );
}
