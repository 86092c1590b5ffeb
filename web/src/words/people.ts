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
};

export function sayOfPeople(word: keyof typeof english, values: Record<string, string> = {}): string {
  const said = (language.value === "tr" ? turkish : english)[word];
  return said.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
