// The page begins: read the settings, meet the user, draw.
import { render } from "preact";
import { App } from "./app";
import { open } from "./client";
import { Failure } from "./parts/failure";
import { language, speak } from "./words";
import "./styles/theme.css";
import "./styles/frame.css";
import "./styles/stage.css";
import "./styles/session.css";
import "./styles/studio.css";

const root = document.getElementById("app")!;

speak(language.value);
open()
  .then(() => render(<App />, root))
  .catch((error: unknown) => render(<Failure error={error} retry={() => location.reload()} />, root));
