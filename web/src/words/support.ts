// What the page says of goals and of who gave most, apart from the other words: only a room needs it.
import { language } from ".";

const english = {
  goals: "Goals",
  setGoal: "Set a goal",
  reachedGoal: "Reached: {title}",
  reached: "Reached",
  dropGoal: "Take {title} back",
  goalTitle: "What for",
  goalHint: "An encore",
  goalCoins: "Coins",
  goalMeans:
    "Every gift in this session fills it, before everybody's eyes. What one goal has too much counts for the next.",
  span: "Since when",
  session: "Now",
  day: "Today",
  week: "Week",
  all_time: "Ever",
  nobodyYet: "Nobody has given anything yet. Be the first.",
  ownPlace: "Your place",
  untilDay: "until {day}",
};

const turkish: typeof english = {
  goals: "Hedefler",
  setGoal: "Hedef koy",
  reachedGoal: "Ulaşıldı: {title}",
  reached: "Ulaşıldı",
  dropGoal: "Geri al: {title}",
  goalTitle: "Ne için",
  goalHint: "Bir şarkı daha",
  goalCoins: "Jeton",
  goalMeans: "Bu yayındaki her hediye, herkesin gözü önünde onu doldurur. Fazlası sıradaki hedefe sayılır.",
  span: "Ne zamandan beri",
  session: "Şimdi",
  day: "Bugün",
  week: "Hafta",
  all_time: "Hep",
  nobodyYet: "Henüz kimse bir şey vermedi. İlk sen ol.",
  ownPlace: "Senin yerin",
  untilDay: "son gün: {day}",
};

export function sayOfSupport(word: keyof typeof english, values: Record<string, string> = {}): string {
  const said = (language.value === "tr" ? turkish : english)[word];
  return said.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
