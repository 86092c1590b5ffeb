// What a creator reads where calls get their prices and hours, apart from the other words: nobody else loads it.
import { sayer } from ".";

const english = {
  callPrices: "Prices for calls",
  pricesMean: "Each minute is paid as it begins, and is yours, less the app's share, when the call is over.",
  takeAudio: "Audio calls",
  takeVideo: "Video calls",
  notTaken: "Not taken",
  freeOfCharge: "Free",
  coinsAMinute: "{coins} coins a minute",
  perMinute: "Coins a minute, 0 is free",
  available: "Take calls now",
  availableMeans: "Switched off, nobody reaches you, whatever it costs.",
  quietHours: "Quiet hours",
  quietMeans: "Each day nobody reaches you, by the clock of this device.",
  quietFrom: "From",
  quietUntil: "Until",
};

const turkish: typeof english = {
  callPrices: "Arama fiyatları",
  pricesMean: "Her dakika başlarken ödenir; arama bitince uygulamanın payı düşülüp senin olur.",
  takeAudio: "Sesli aramalar",
  takeVideo: "Görüntülü aramalar",
  notTaken: "Kabul edilmiyor",
  freeOfCharge: "Ücretsiz",
  coinsAMinute: "Dakikası {coins} jeton",
  perMinute: "Dakikada jeton, 0 ücretsiz",
  available: "Şimdi arama kabul et",
  availableMeans: "Kapalıyken, ne ödenirse ödensin kimse sana ulaşamaz.",
  quietHours: "Sessiz saatler",
  quietMeans: "Her gün bu saatlerde kimse sana ulaşamaz; bu aygıtın saatiyle.",
  quietFrom: "Başlangıç",
  quietUntil: "Bitiş",
};

export const sayOfPrices = sayer({ en: english, tr: turkish });
