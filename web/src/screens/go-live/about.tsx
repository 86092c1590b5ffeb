// What a session is about, for its host to say: a topic, the language that is spoken, a few tags.
import { useEffect, useState } from "preact/hooks";
import { Chips } from "../../parts/chips";
import { Failure } from "../../parts/failure";
import { Over } from "../../parts/sheet";
import { type About, tagsIn } from "../../stores/about";
import { readTopics, topics } from "../../stores/topics";
import { language, say } from "../../words";
import { sayOfPlans } from "../../words/plans";
import { languageName, tagged, topicName } from "../../words/topics";

const TYPED_MAX = 160;
const LANGUAGES = [
  "ar",
  "az",
  "de",
  "en",
  "es",
  "fa",
  "fr",
  "it",
  "ja",
  "ko",
  "ku",
  "nl",
  "pt",
  "ru",
  "tr",
  "uk",
  "zh",
];

interface Chosen {
  value: About;
  /** Why it could not be kept. */
  failure?: unknown;
  onClose: (about: About) => void;
}

export function AboutSheet({ value, failure, onClose }: Chosen) {
  const [category, setCategory] = useState(value.category);
  const [spoken, setSpoken] = useState(value.language);
  const [typed, setTyped] = useState(value.tags.join(", "));
  const tags = tagsIn(typed);
  useEffect(() => void readTopics().catch(() => {}), []);
  const close = () => onClose({ category, tags, language: spoken });
  return (
    <Over title={sayOfPlans("about")} onClose={close}>
      <Chips
        wrapped
        name={say("topic")}
        value={category ?? ""}
        options={[
          { value: "", label: sayOfPlans("noneOfIt") },
          ...topics.value.map((each) => ({ value: each.slug, label: topicName(each) })),
        ]}
        onChoose={(slug) => setCategory(slug || null)}
      />
      <div class="field">
        <label>
          {sayOfPlans("tags")}
          <input
            value={typed}
            maxLength={TYPED_MAX}
            placeholder={sayOfPlans("tagsHint")}
            autocomplete="off"
            enterkeyhint="done"
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
      </div>
      <p class="dim" role="status">
        {tags.length > 0 ? tags.map(tagged).join(" ") : sayOfPlans("tagsMeans")}
      </p>
      <div class="field">
        <label>
          {sayOfPlans("spoken")}
          <select value={spoken ?? ""} onChange={({ currentTarget }) => setSpoken(currentTarget.value || null)}>
            <option value="">{sayOfPlans("notSaid")}</option>
            {inOrder(LANGUAGES).map((code) => (
              <option key={code} value={code}>
                {languageName(code)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="dim">{sayOfPlans("aboutMeans")}</p>
      <Failure error={failure} />
      <button type="button" class="button main big full" onClick={close}>
        {say("done")}
      </button>
    </Over>
  );
}

/** In a line: Music · Turkish · #türkü; nothing for nothing. */
export function aboutInWords({ category, tags, language: spoken }: About): string {
  const topic = topics.value.find((each) => each.slug === category);
  const said = [topic && topicName(topic), spoken && languageName(spoken), ...tags.map(tagged)];
  return said.filter(Boolean).join(" · ");
}

function inOrder(codes: string[]): string[] {
  const collator = new Intl.Collator(language.value);
  return [...codes].sort((a, b) => collator.compare(languageName(a), languageName(b)));
}
