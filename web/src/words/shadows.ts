// What is said of the faces one has, apart from the other words: who has shadows, and what names are refused.
import { sayer } from ".";

const english = {
  faces: "Your faces",
  facesMean: "A shadow is another face of yours: you watch and write with it, and nobody can tell whose it is.",
  real: "Your real one",
  shadow: "A shadow",
  newShadow: "Make a shadow",
  editShadow: "Edit the shadow",
  edit: "Edit {name}",
  remove: "Delete {name}",
  removeAsked: "Delete {name}?",
  removeMeans: "What it wrote goes with it. This cannot be undone.",
  removeYes: "Delete it",
  removed: "The shadow is gone.",
  username_held: "This username was somebody else's until lately. Choose another one.",
  username_reserved: "This username is not given to anybody. Choose another one.",
  username_changed: "You have changed usernames as often as one may in a month.",
  too_many_profiles: "You have as many shadows as one may have. Delete one first.",
  profile_in_use: "This shadow is in a session that is live. Leave it first.",
};

export type ShadowWord = keyof typeof english;

const turkish: typeof english = {
  faces: "Yüzlerin",
  facesMean: "Gölge, başka bir yüzündür: onunla izler, onunla yazarsın ve kimin olduğunu kimse bilemez.",
  real: "Gerçek yüzün",
  shadow: "Gölge",
  newShadow: "Gölge yap",
  editShadow: "Gölgeyi düzenle",
  edit: "Düzenle: {name}",
  remove: "Sil: {name}",
  removeAsked: "{name} silinsin mi?",
  removeMeans: "Yazdıkları da silinir. Geri alınamaz.",
  removeYes: "Sil",
  removed: "Gölge silindi.",
  username_held: "Bu kullanıcı adı yakın zamana kadar başkasınındı. Başka bir ad seç.",
  username_reserved: "Bu kullanıcı adı kimseye verilmez. Başka bir ad seç.",
  username_changed: "Kullanıcı adını bir ayda değiştirilebilecek kadar değiştirdin.",
  too_many_profiles: "Olabilecek kadar gölgen var. Önce birini sil.",
  profile_in_use: "Bu gölge şu anda canlı bir yayında. Önce oradan çık.",
};

export const sayOfShadows = sayer({ en: english, tr: turkish });

/** A refusal as this screen says it; others stay as they are. */
export function shadowWords(error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: string };
  return code && code in english ? { message: sayOfShadows(code as ShadowWord) } : error;
}
