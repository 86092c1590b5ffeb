// What is said where a letter is waited for, apart from the other words: who needs none never loads it.
import { sayer } from ".";

const english = {
  again: "Send it again",
  another: "Another letter is on its way; the link of the one before is void.",
  notThere: "Nothing came? Look among the unwanted letters too.",
};

const turkish: typeof english = {
  again: "Yeniden gönder",
  another: "Başka bir ileti yolda; öncekinin bağlantısı artık geçmez.",
  notThere: "Gelmedi mi? İstenmeyen iletilere de bak.",
};

export const sayOfLetters = sayer({ en: english, tr: turkish });
