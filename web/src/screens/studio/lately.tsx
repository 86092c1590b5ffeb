// The last few pictures, under the first step; before there are any, what others would look like stands there instead.
import { useEffect, useState } from "preact/hooks";
import { returns } from "../../server/connection";
import { making } from "../../stores/making";
import { listPictures, type SignedPicture } from "../../stores/pictures";
import { say, when } from "../../words";
import "./lately.css";

const SHOWN = 8;

export function Lately() {
  const [pictures, setPictures] = useState<SignedPicture[]>([]);
  const arrived = making.value?.pictures.length ?? 0;

  // known pictures stay when they cannot be read anew: the step above says why
  useEffect(() => void listPictures().then(setPictures, () => {}), [arrived, returns.value]);

  if (pictures.length === 0) return null;
  return (
    <section class="lately">
      <header class="shelf-head">
        <h2>{say("lately")}</h2>
        <a class="button link" href="#/studio/pictures">
          {say("myPictures")}
        </a>
      </header>
      <ul>
        {pictures.slice(0, SHOWN).map((picture) => (
          <li key={picture.id}>
            <a href={`#/studio/pictures/${picture.id}`} aria-label={`${say("picture")}, ${when(picture.created_at)}`}>
              <img src={picture.small} alt="" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
