// The page begins: read the settings, meet the user, draw.
import { render } from "preact";
import { App } from "./app";
import { open } from "./client";
import { Failure } from "./parts/failure";
import { language, speak } from "./words";
import "./theme.css";

const root = document.getElementById("app")!;

speak(language.value);
open()
  .then(() => render(<App />, root))
  .catch((error: unknown) => render(<Failure error={error} retry={() => location.reload()} />, root));
