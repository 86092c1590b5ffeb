// The page begins: read the settings, meet the user, draw.
import "@fontsource-variable/bricolage-grotesque/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./parts/banner.css";
import "./parts/button.css";
import "./parts/pill.css";
import "./parts/field.css";
import "./parts/listing.css";
import "./parts/skeleton.css";
import { type ComponentChild, render } from "preact";
import { App } from "./frame/app";
import { Failure } from "./parts/failure";
import { connect } from "./server/client";
import { remember } from "./stores/login";
import { dress, look } from "./stores/look";
import { language, speak } from "./words";

const root = document.getElementById("app")!;

dress(look.value);
Promise.all([connect(), speak(language.value)])
  .then(remember)
  .then(() => draw(<App />))
  .catch((error: unknown) => draw(<Failure error={error} retry={() => location.reload()} />));
// The service worker keeps the shell for when there is no network; while developing it would keep the old page.
if (import.meta.env.PROD) navigator.serviceWorker?.register("/sw.js").catch(() => {}); // a private window may refuse it

/** In place of the shell, none of which is to be kept. */
function draw(what: ComponentChild): void {
  root.replaceChildren();
  render(what, root);
}
