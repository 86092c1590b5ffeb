// What sessions are about: said on a card, and chosen above the list.
import { Chips } from "../../parts/chips";
import type { Listed } from "../../stores/listed";
import { topic, topics } from "../../stores/topics";
import { say } from "../../words";
import { languageName, tagged, topicName } from "../../words/topics";

/** Music · Turkish · #türkü, as far as its host said. */
export function About({ row }: { row: Listed }) {
  const known = topics.value.find((each) => each.slug === row.category);
  const said = [known && topicName(known), row.language && languageName(row.language), ...row.tags.map(tagged)];
  const about = said.filter(Boolean).join(" · ");
  return about ? <small class="about cut">{about}</small> : null;
}

export function Topics() {
  return (
    <Chips
      name={say("topic")}
      value={topic.value ?? ""}
      options={[
        { value: "", label: say("all") },
        ...topics.value.map((each) => ({ value: each.slug, label: topicName(each) })),
      ]}
      onChoose={(slug) => (topic.value = slug || null)}
    />
  );
}
