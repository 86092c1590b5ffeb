// What the page says where a session is planned, apart from the other words: whoever only watches does not load it.
import { language } from ".";

const english = {
  about: "What it is about",
  aboutNothing: "Topic and tags",
  aboutMeans: "People find it by these: in the list, and in search.",
  spoken: "Spoken",
  notSaid: "Not said",
  tags: "Tags",
  tagsHint: "acoustic, tea, istanbul",
  tagsMeans: "Up to five words of 2 to 24 letters, with commas between them.",
  again: "Comes again",
  once: "Once",
  daily: "Every day",
  weekly: "Every week",
  onceMeans: "It takes place this once.",
  againMeans: "When it is over, the next one is planned as this one was, at the same time.",
  noneOfIt: "None",
};

const turkish: typeof english = {
  about: "Konusu",
  aboutNothing: "Konu ve etiketler",
  aboutMeans: "Seni bunlarla bulurlar: listede ve aramada.",
  spoken: "Konuşulan dil",
  notSaid: "Belirtilmedi",
  tags: "Etiketler",
  tagsHint: "akustik, çay, istanbul",
  tagsMeans: "2–24 harfli en çok beş sözcük, aralarında virgülle.",
  again: "Tekrar",
  once: "Bir kez",
  daily: "Her gün",
  weekly: "Her hafta",
  onceMeans: "Bu yayın bir kez olur.",
  againMeans: "Bitince sıradaki, bununla aynı saatte ve aynı biçimde planlanır.",
  noneOfIt: "Yok",
};

export type PlanWords = keyof typeof english;

export function sayOfPlans(word: PlanWords): string {
  return (language.value === "tr" ? turkish : english)[word];
}
