// How others see one: the picture, the name, and the name that is one's own alone.
import { useState } from "preact/hooks";
import { goInstead } from "../../frame/place";
import { Crop } from "../../parts/crop";
import { useDoing } from "../../parts/doing";
import { Face } from "../../parts/face";
import { Failure } from "../../parts/failure";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icons";
import { Over } from "../../parts/sheet";
import { Refused } from "../../server/client";
import { type Box, FIRST } from "../../stores/crop-box";
import { profile } from "../../stores/login";
import { changeProfile, dropAvatar, keepAvatar } from "../../stores/profile";
import { tell } from "../../stores/toasts";
import { say } from "../../words";
import "./me.css";

const NAME_CHARACTERS_MAX = 80;
const USERNAME = "[a-z0-9_.]{3,30}";
const USERNAME_CHARACTERS_MAX = 30;
const TAKEN = "23505";

interface Brought {
  photo: ImageBitmap;
  url: string;
}

export function EditProfile() {
  const me = profile.value;
  const [brought, setBrought] = useState<Brought | null>(null);
  const { busy, failure, attempt } = useDoing();
  if (!me) return null;

  async function save(event: SubmitEvent) {
    event.preventDefault();
    const typed = new FormData(event.currentTarget as HTMLFormElement);
    const name = String(typed.get("display_name")).trim();
    const username = String(typed.get("username")).trim().toLowerCase();
    const done = await attempt(async () => {
      if (username && !new RegExp(`^${USERNAME}$`).test(username)) throw Refused.by("username_wrong");
      await changeProfile({ display_name: name || null, username: username || null }).catch((error) => {
        throw error.code === TAKEN ? Refused.by("username_taken") : error;
      });
    });
    if (!done) return;
    tell(say("saved"));
    goInstead("/me");
  }

  function bring(file: File | undefined) {
    if (!file) return;
    void attempt(async () => {
      const photo = await createImageBitmap(file).catch(() => {
        throw Refused.by("InvalidMimeType");
      });
      setBrought({ photo, url: URL.createObjectURL(file) });
    });
  }

  return (
    <div class="page me">
      <Heading title={say("editProfile")} back="/me" />
      <section class="picture-edit">
        <Face person={me} size="huge" />
        <div class="row">
          <label class="button">
            <Icon name="camera" />
            {say("changePicture")}
            <input
              class="unseen"
              type="file"
              accept="image/*"
              data-testid="avatar"
              onChange={({ currentTarget }) => {
                bring(currentTarget.files?.[0]);
                currentTarget.value = "";
              }}
            />
          </label>
          {me.avatar_url && (
            <button class="button plain" disabled={busy} onClick={() => void attempt(dropAvatar)}>
              {say("remove")}
            </button>
          )}
        </div>
      </section>
      <form class="fields" onSubmit={(event) => void save(event)} noValidate>
        <div class="field">
          <label>
            {say("yourName")}
            <input
              name="display_name"
              defaultValue={me.display_name ?? ""}
              maxLength={NAME_CHARACTERS_MAX}
              autocomplete="name"
            />
          </label>
        </div>
        <div>
          <div class="field">
            <label>
              {say("username")}
              <input
                name="username"
                defaultValue={me.username ?? ""}
                maxLength={USERNAME_CHARACTERS_MAX}
                autocomplete="off"
                autocapitalize="none"
                spellcheck={false}
                aria-describedby="username-hint"
              />
            </label>
          </div>
          <p class="hint" id="username-hint">
            {say("usernameHint")}
          </p>
        </div>
        <Failure error={failure} />
        <button class="button main big full" disabled={busy}>
          {say("save")}
        </button>
      </form>
      {brought && <PictureSheet brought={brought} onClose={() => setBrought(null)} />}
    </div>
  );
}

function PictureSheet({ brought, onClose }: { brought: Brought; onClose: () => void }) {
  const [box, setBox] = useState<Box>(FIRST);
  const { busy, failure, attempt } = useDoing();

  async function keep() {
    const done = await attempt(() => keepAvatar(brought.photo, box));
    if (done) onClose();
  }

  return (
    <Over title={say("yourPicture")} onClose={onClose}>
      <div class="avatar-crop">
        <Crop photo={brought.photo} url={brought.url} shape={1} round box={box} onChange={setBox} />
      </div>
      <Failure error={failure} />
      <button class="button main big full" disabled={busy} onClick={() => void keep()}>
        {say("save")}
      </button>
    </Over>
  );
}
