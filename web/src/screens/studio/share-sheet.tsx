// Sharing a picture or a collection by a link: for how long, the link itself once, and the links so far with how often
// each was opened, to be taken back.
import { useEffect, useState } from "preact/hooks";
import type { Share } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { Segments } from "../../parts/segments";
import { Over } from "../../parts/sheet";
import { makeLink, readShares, revokeLink, type Shared } from "../../stores/gallery";
import { tell } from "../../stores/toasts";
import { day, number } from "../../words";
import { sayGallery } from "../../words/gallery";
import "./share-sheet.css";

const DAYS = ["7", "30", "90"] as const;

interface Shown {
  shared: Shared;
  title: string;
  /** Sends the picture itself, where the browser can. */
  onSend?: (() => void) | undefined;
  onClose: () => void;
}

export function ShareSheet({ shared, title, onSend, onClose }: Shown) {
  const [days, setDays] = useState<(typeof DAYS)[number]>("30");
  const [url, setUrl] = useState<string>();
  const [shares, setShares] = useState<Share[]>([]);
  const { busy, failure, attempt } = useDoing();

  useEffect(() => void attempt(async () => setShares(await readShares(shared))), [shared.id]);

  function make() {
    return attempt(async () => {
      const made = await makeLink(shared, Number(days));
      setUrl(made.url);
      setShares((all) => [made.share, ...all]);
      await copy(made.url).catch(() => {}); // it stands there to be copied by hand
    });
  }

  function revoke(share: Share) {
    return attempt(async () => {
      await revokeLink(share.id);
      if (share === shares[0]) setUrl(undefined);
      setShares((all) => all.filter((each) => each !== share));
      tell(sayGallery("revoked"));
    });
  }

  return (
    <Over title={title} onClose={onClose}>
      <p class="dim">{sayGallery("shareMeans")}</p>
      {url ? (
        <div class="new-link">
          <div class="field">
            <label>
              {sayGallery("link")}
              <input readOnly value={url} data-testid="link" onFocus={({ currentTarget }) => currentTarget.select()} />
            </label>
            <button class="button small main" onClick={() => void attempt(() => copy(url))}>
              {sayGallery("copy")}
            </button>
          </div>
          <p class="hint">{sayGallery("toldOnce")}</p>
        </div>
      ) : (
        <>
          <Segments
            name={sayGallery("opensFor")}
            value={days}
            options={DAYS.map((each) => ({ value: each, label: sayGallery("days", { count: number(Number(each)) }) }))}
            onChoose={setDays}
          />
          <button class="button main big full" disabled={busy} onClick={() => void make()}>
            <Icon name="share" />
            {sayGallery("makeLink")}
          </button>
        </>
      )}
      {onSend && (
        <button class="button full" onClick={onSend}>
          <Icon name="send" />
          {sayGallery("sendFile")}
        </button>
      )}
      <Failure error={failure} />
      {shares.length > 0 && (
        <section class="links">
          <h3>{sayGallery("linksSoFar")}</h3>
          <ul class="listing">
            {shares.map((share) => (
              <li key={share.id} data-testid="share">
                <span class="grow">
                  <b>{sayGallery("until", { day: day(share.expires_at) })}</b>
                  <small class="dim">
                    {share.views === 1
                      ? sayGallery("openedOnce")
                      : sayGallery("opened", { count: number(share.views) })}
                  </small>
                </span>
                <button class="button small" disabled={busy} onClick={() => void revoke(share)}>
                  {sayGallery("revoke")}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Over>
  );
}

async function copy(url: string): Promise<void> {
  await navigator.clipboard.writeText(url);
  tell(sayGallery("copied"));
}
