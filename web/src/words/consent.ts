// What the page says before a photo is kept, apart from the other words: only where a text is to be consented to.
import { sayer } from ".";

const english = {
  consentAsked: "May your photo be kept?",
  consentMeans:
    "A photo of your face says who you are. It is used to make your pictures and for nothing else, and it is removed when you have not used it for a while. You can take this back under Me: your photos go then, your pictures stay.",
  consentYes: "Yes, keep it",
  keptPhotos: "My photos",
  keptPhotosMeans: "You agreed that they are kept while you make pictures.",
  takeBack: "Take it back",
  takeBackAsked: "Remove your photos?",
  takeBackMeans: "Your photos go within a minute. The pictures that were made of them stay.",
  takenBack: "Your photos are being removed.",
};

const turkish: typeof english = {
  consentAsked: "Fotoğrafın saklansın mı?",
  consentMeans:
    "Yüzünün fotoğrafı kim olduğunu gösterir. Yalnızca görsellerini yapmak için kullanılır ve bir süre kullanmazsan silinir. Bu izni Ben sayfasından geri alabilirsin: fotoğrafların o zaman silinir, görsellerin kalır.",
  consentYes: "Evet, saklansın",
  keptPhotos: "Fotoğraflarım",
  keptPhotosMeans: "Görsel yaparken saklanmalarını kabul ettin.",
  takeBack: "İzni geri al",
  takeBackAsked: "Fotoğrafların silinsin mi?",
  takeBackMeans: "Fotoğrafların bir dakika içinde silinir. Onlardan yapılan görseller kalır.",
  takenBack: "Fotoğrafların siliniyor.",
};

export const sayOfConsent = sayer({ en: english, tr: turkish });
