// What a session is about, as its host said: its topic, its language, and tags that lead to others like it.
import { useEffect } from "preact/hooks";
import { go } from "../../frame/place";
import type { LiveSession } from "../../stores/live-session";
import { readTopics, topics } from "../../stores/topics";
import { wanted } from "../../stores/wanted";
import { languageName, tagged, topicName } from "../../words/topics";

export function About({ live }: { live: LiveSession }) {
  useEffect(() => void readTopics().catch(() => {}), []);
  const topic = topics.value.find((each) => each.slug === live.category);
  if (!topic && !live.language && live.tags.length === 0) return null;

  function lookFor(tag: string) {
    wanted.value = tagged(tag);
    go("/");
  }

  return (
    <p class="row about-session">
      {topic && <span>{topicName(topic)}</span>}
      {live.language && <span>{languageName(live.language)}</span>}
      {live.tags.map((tag) => (
        <button key={tag} type="button" class="button link" onClick={() => lookFor(tag)}>
          {tagged(tag)}
        </button>
      ))}
    </p>
  );
}
