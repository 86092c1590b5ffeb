// Every sentence of the page, in English and Turkish; the type makes a missing one a build error.
import { signal } from "@preact/signals";

const english = {
  tagline: "Your stage and your studio.",
  stage: "Stage",
  studio: "Studio",
  signIn: "Sign in",
  signOut: "Sign out",
  email: "E-mail",
  password: "Password",
  demoPeople: "Come in as somebody of the demo world",
  creator: "creator",
  viewer: "viewer",
  admin: "admin",
  banned: "banned in Ada's first session",
  noCoins: "no coins",
  liveNow: "Live now",
  upcoming: "Coming up",
  nobodyLive: "Nobody is live yet.",
  nothingPlanned: "Nothing is planned.",
  goLive: "Go live",
  title: "Title",
  titleHint: "What is it about?",
  videoLive: "Video",
  audioRoom: "Audio room",
  start: "Start",
  end: "End",
  leave: "Leave",
  join: "Join",
  watch: "Watch",
  ended: "This session has ended.",
  waitingForVideo: "Waiting for the picture …",
  say: "Say something …",
  send: "Send",
  gifts: "Gifts",
  sentGift: "sent",
  coins: "coins",
  viewers: "watching",
  chooseScene: "1 · Choose a scene",
  choosePhoto: "2 · Choose a photo",
  make: "3 · Make the picture",
  making: "Making it …",
  ready: "Ready",
  myPictures: "My pictures",
  noPictures: "Your pictures will hang here.",
  left: "left today",
  unlimited: "unlimited",
  premium: "premium",
  retry: "Try again",
  loading: "One moment …",
  livekitMissing: "LiveKit is not running, so there is no video. Everything else works.",
  honest: "Made on this server without a key: your photo, a painted scene. The prompt's text is not read.",
};

type Words = typeof english;

const turkish: Words = {
  tagline: "Sahnen ve stüdyon.",
  stage: "Sahne",
  studio: "Stüdyo",
  signIn: "Giriş yap",
  signOut: "Çıkış",
  email: "E-posta",
  password: "Parola",
  demoPeople: "Deneme dünyasından biri olarak gir",
  creator: "yayıncı",
  viewer: "izleyici",
  admin: "yönetici",
  banned: "Ada'nın ilk yayınında yasaklı",
  noCoins: "jetonu yok",
  liveNow: "Şimdi canlı",
  upcoming: "Yakında",
  nobodyLive: "Henüz canlı yayın yok.",
  nothingPlanned: "Planlanmış yayın yok.",
  goLive: "Yayına gir",
  title: "Başlık",
  titleHint: "Konu ne?",
  videoLive: "Video",
  audioRoom: "Sesli oda",
  start: "Başlat",
  end: "Bitir",
  leave: "Ayrıl",
  join: "Katıl",
  watch: "İzle",
  ended: "Bu yayın sona erdi.",
  waitingForVideo: "Görüntü bekleniyor …",
  say: "Bir şey yaz …",
  send: "Gönder",
  gifts: "Hediyeler",
  sentGift: "gönderdi:",
  coins: "jeton",
  viewers: "izliyor",
  chooseScene: "1 · Bir sahne seç",
  choosePhoto: "2 · Bir fotoğraf seç",
  make: "3 · Görseli üret",
  making: "Üretiliyor …",
  ready: "Hazır",
  myPictures: "Görsellerim",
  noPictures: "Görsellerin burada duracak.",
  left: "kaldı (bugün)",
  unlimited: "sınırsız",
  premium: "premium",
  retry: "Yeniden dene",
  loading: "Bir saniye …",
  livekitMissing: "LiveKit çalışmıyor, bu yüzden görüntü yok. Gerisi çalışıyor.",
  honest: "Bu sunucuda, anahtarsız üretilir: fotoğrafın ve boyanmış bir sahne. Metin okunmaz.",
};

export type Language = "en" | "tr";

const remembered = localStorage.getItem("language");
const guessed: Language = navigator.language.startsWith("tr") ? "tr" : "en";
export const language = signal<Language>(remembered === "tr" || remembered === "en" ? remembered : guessed);

export function say(word: keyof Words): string {
  return (language.value === "tr" ? turkish : english)[word];
}

export function speak(chosen: Language): void {
  localStorage.setItem("language", chosen);
  document.documentElement.lang = chosen;
  language.value = chosen;
}

export function when(iso: string): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}
