// The faces one has: the real one, which is edited elsewhere, and shadows, made, edited and deleted.
import { useEffect, useState } from "preact/hooks";
import type { OwnProfile } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Face, nameOf } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { Ask, Over } from "../../parts/sheet";
import { Refused } from "../../server/client";
import { addShadow, dropShadow, editShadow, readFaces } from "../../stores/shadows";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import { sayOfShadows, shadowWords } from "../../words/shadows";
import "./me.css";
import "./shadows.css";

const NAME_CHARACTERS_MAX = 80;
const USERNAME = /^[a-z0-9_.]{3,30}$/;
const USERNAME_CHARACTERS_MAX = 30;

export function Shadows() {
  const [faces, setFaces] = useState<OwnProfile[]>();
  const [edited, edit] = useState<OwnProfile | "new">();
  const [asked, ask] = useState<OwnProfile>();
  const { busy, failure, attempt } = useDoing();
  const load = () => attempt(async () => setFaces(await readFaces()));
  useEffect(() => void load(), []);

  async function drop(shadow: OwnProfile) {
    ask(undefined);
    const done = await attempt(() => dropShadow(shadow.id));
    if (!done) return;
    tell(sayOfShadows("removed"));
    await load();
  }

  return (
    <div class="page me shadows">
      <Heading title={sayOfShadows("faces")} back="/me" />
      <p class="dim">{sayOfShadows("facesMean")}</p>
      <Failure error={shadowWords(failure)} retry={faces ? undefined : () => void load()} />
      {!faces && !failure && <span class="skeleton faces-to-come" role="status" aria-label={say("loading")} />}
      {faces && (
        <>
          <ul class="listing">
            {faces.map((face) => (
              <li key={face.id} data-testid="face">
                <Face person={face} />
                <div class="grow">
                  <b class="cut">{nameOf(face)}</b>
                  <small class="dim cut">
                    {[face.username && `@${face.username}`, sayOfShadows(face.type)].filter(Boolean).join(" · ")}
                  </small>
                </div>
                {face.type === "real" ? (
                  <a class="round plain" href="#/me/edit" aria-label={say("editProfile")}>
                    <Icon name="edit" />
                  </a>
                ) : (
                  <Acts face={face} busy={busy} onEdit={() => edit(face)} onDrop={() => ask(face)} />
                )}
              </li>
            ))}
          </ul>
          <button class="button main big full" onClick={() => edit("new")}>
            <Icon name="plus" />
            {sayOfShadows("newShadow")}
          </button>
        </>
      )}
      {edited && (
        <Form
          shadow={edited === "new" ? undefined : edited}
          onClose={() => edit(undefined)}
          onKept={() => {
            edit(undefined);
            void load();
          }}
        />
      )}
      {asked && (
        <Ask
          title={sayOfShadows("removeAsked", { name: nameOf(asked) })}
          yes={sayOfShadows("removeYes")}
          danger
          onYes={() => void drop(asked)}
          onNo={() => ask(undefined)}
        >
          {sayOfShadows("removeMeans")}
        </Ask>
      )}
    </div>
  );
}

interface Acting {
  face: OwnProfile;
  busy: boolean;
  onEdit: () => void;
  onDrop: () => void;
}

function Acts({ face, busy, onEdit, onDrop }: Acting) {
  const name = nameOf(face);
  return (
    <>
      <button class="round plain" aria-label={sayOfShadows("edit", { name })} onClick={onEdit}>
        <Icon name="edit" />
      </button>
      <button class="round plain" disabled={busy} aria-label={sayOfShadows("remove", { name })} onClick={onDrop}>
        <Icon name="bin" />
      </button>
    </>
  );
}

interface Written {
  shadow: OwnProfile | undefined;
  onClose: () => void;
  onKept: () => void;
}

function Form({ shadow, onClose, onKept }: Written) {
  const { busy, failure, attempt } = useDoing();

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement);
    const display_name = String(typed.get("display_name")).trim() || null;
    const username = String(typed.get("username")).trim().toLowerCase() || null;
    const done = await attempt(async () => {
      if (username && !USERNAME.test(username)) throw Refused.by("username_wrong");
      const looks = { display_name, username };
      await (shadow ? editShadow(shadow.id, looks) : addShadow(looks)).catch((error) => {
        throw error.code === "conflict" ? Refused.by("username_taken") : error;
      });
    });
    if (done) onKept();
  }

  return (
    <Over title={sayOfShadows(shadow ? "editShadow" : "newShadow")} onClose={onClose}>
      <form class="shadow-form" onSubmit={(event) => void save(event)} noValidate>
        <div class="field">
          <label>
            {say("yourName")}
            <input
              name="display_name"
              defaultValue={shadow?.display_name ?? ""}
              maxLength={NAME_CHARACTERS_MAX}
              autocomplete="off"
            />
          </label>
        </div>
        <div>
          <div class="field">
            <label>
              {say("username")}
              <input
                name="username"
                defaultValue={shadow?.username ?? ""}
                maxLength={USERNAME_CHARACTERS_MAX}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                aria-describedby="shadow-username-hint"
              />
            </label>
          </div>
          <p class="hint" id="shadow-username-hint">
            {say("usernameHint")}
          </p>
        </div>
        <Failure error={shadowWords(failure)} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
    </Over>
  );
}
