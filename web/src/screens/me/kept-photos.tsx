// That photos of oneself are kept, and taking it back; nothing where nobody was asked.
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Ask } from "../../parts/sheet";
import { readConsent, takeConsentBack } from "../../stores/consent";
import { tell } from "../../stores/toasts";
import { sayOfConsent } from "../../words/consent";

export function KeptPhotos() {
  const [given, setGiven] = useState(false);
  const [asked, setAsked] = useState(false);
  const { busy, failure, attempt } = useDoing();

  useEffect(() => {
    readConsent().then(
      (consent) => setGiven(consent.given !== null),
      () => {}, // the rest of the screen does without
    );
  }, []);

  async function takeBack() {
    setAsked(false);
    if (!(await attempt(takeConsentBack))) return;
    setGiven(false);
    tell(sayOfConsent("takenBack"));
  }

  if (!given) return null;
  return (
    <section class="panel">
      <div class="setting">
        <div>
          <h2>{sayOfConsent("keptPhotos")}</h2>
          <p class="dim">{sayOfConsent("keptPhotosMeans")}</p>
        </div>
        <button class="button soft" disabled={busy} onClick={() => setAsked(true)}>
          {sayOfConsent("takeBack")}
        </button>
      </div>
      <Failure error={failure} />
      {asked && (
        <Ask
          title={sayOfConsent("takeBackAsked")}
          yes={sayOfConsent("takeBack")}
          danger
          onYes={() => void takeBack()}
          onNo={() => setAsked(false)}
        >
          {sayOfConsent("takeBackMeans")}
        </Ask>
      )}
    </section>
  );
}
