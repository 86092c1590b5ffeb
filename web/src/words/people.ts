// What the page says of following, finding and supporting, apart from the other words: the first screen does without.
import { language } from ".";

const english = {
  follow: "Follow",
  following: "Following",
  follower: "follower",
  followers: "followers",
  unfollowed: "You no longer follow {name}.",
  nobodyFollowed: "Nobody you follow is on",
  nobodyFollowedMeans: "Whoever you follow stands here: live first, then what they plan.",
  lookAround: "Look around",
  more: "More",
  creators: "Creators",
  nothingFoundOf: "Nothing found for “{words}”",
  nothingFoundMeans: "Try fewer letters, or a #tag.",
  findings: "{count} found",
  remindMe: "Remind me",
  reminderSet: "Reminder set",
  remindOf: "Remind me of {title}",
  reminderMeans: "You are told a day and 15 minutes before, and when it starts.",
  startsTomorrow: "{title} starts {when}",
  startsSoon: "{title} starts in 15 minutes",
  startsNow: "{title} is on now",
  isMoved: "{title} was moved: {when}",
  isCalledOff: "{title} was called off",
  aSession: "A session",
  goThere: "Go there",
  accountStays: "Your account stays.",
};

const turkish: typeof english = {
  follow: "Takip et",
  following: "Takiptesin",
  follower: "takipçi",
  followers: "takipçi",
  unfollowed: "Artık takip etmiyorsun: {name}",
  nobodyFollowed: "Takip ettiklerinden kimse yayında değil",
  nobodyFollowedMeans: "Takip ettiklerin burada durur: önce yayında olanlar, sonra planları.",
  lookAround: "Etrafa bak",
  more: "Daha fazla",
  creators: "Yayıncılar",
  nothingFoundOf: "“{words}” için bir şey bulunamadı",
  nothingFoundMeans: "Daha az harf dene ya da bir #etiket yaz.",
  findings: "{count} sonuç",
  remindMe: "Hatırlat",
  reminderSet: "Hatırlatma kuruldu",
  remindOf: "Hatırlat: {title}",
  reminderMeans: "Bir gün ve 15 dakika önce, bir de başlarken haber veririz.",
  startsTomorrow: "{title}: {when}",
  startsSoon: "{title} 15 dakika içinde başlıyor",
  startsNow: "{title} şimdi canlı",
  isMoved: "{title} ertelendi: {when}",
  isCalledOff: "{title} iptal edildi",
  aSession: "Bir yayın",
  goThere: "Oraya git",
  accountStays: "Hesabın duruyor.",
};

export function sayOfPeople(word: keyof typeof english, values: Record<string, string> = {}): string {
  const said = (language.value === "tr" ? turkish : english)[word];
  return said.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
