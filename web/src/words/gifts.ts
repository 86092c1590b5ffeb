// The names of the page's own gifts in Turkish, by what their pictures show; in English they are as their rows have them.
export const turkishGifts: Record<string, string> = {
  clap: "Alkış",
  bead: "Nazar boncuğu",
  rose: "Gül",
  tea: "Çay",
  simit: "Simit",
  cat: "Sokak kedisi",
  lantern: "Fener",
  tram: "Tramvay",
  ferry: "Vapur",
  balloon: "Balonlar",
  ovation: "Ayakta alkış",
  palace: "Saray",
};
