// What somebody reads before a picture is made: who makes it, and what of theirs goes where.
import { language, sayer } from ".";

const english = {
  here: "Made on this server. Your photo does not leave it.",
  sentTo: "Your photo is sent to {companies}, without where and when it was taken.",
  orHere: "If nobody there makes it, it is made here.",
  wordsTo: "Made by {companies} from words alone. Your photo is not sent.",
  byWords: "It draws what the scene describes.",
  byLook: "It gives you the scene's backdrop and style.",
  faceKept: "The face is your photo's own.",
  faceAnew: "The face is drawn anew from your photo.",
  takes: "Usually {least} to {most}.",
} as const;

export type MakersWord = keyof typeof english;

const turkish: Record<MakersWord, string> = {
  here: "Bu sunucuda yapılır. Fotoğrafın dışarı çıkmaz.",
  sentTo: "Fotoğrafın, nerede ve ne zaman çekildiği olmadan, {companies} şirketine gönderilir.",
  orHere: "Orada yapılamazsa burada yapılır.",
  wordsTo: "{companies} yalnız sözlerden yapar. Fotoğrafın gönderilmez.",
  byWords: "Sahnenin anlattığını çizer.",
  byLook: "Sana sahnenin fonunu ve tarzını verir.",
  faceKept: "Yüz, fotoğrafındaki yüzdür.",
  faceAnew: "Yüz, fotoğrafından yeniden çizilir.",
  takes: "Genelde {least} ile {most} arası.",
};

export const sayOfMakers = sayer<Record<MakersWord, string>>({ en: english, tr: turkish });

/** Companies as one says several: A, B or C. */
export function oneOf(companies: string[]): string {
  return new Intl.ListFormat(language.value, { type: "disjunction" }).format(companies);
}
