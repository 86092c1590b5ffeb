// Names of the catalogue in Turkish: the rows of scenes and categories are English, and what is not here keeps its own.
import { language } from "./index";

const SCENES: Record<string, string> = {
  "Professional Portrait": "Stüdyo portresi",
  "Casual Outdoor": "Parkta bir öğleden sonra",
  "Business Formal": "İş portresi",
  "Golden Hour": "Altın saat",
  "Mountain Trip": "Dağ gezisi",
  "Old Library": "Eski kütüphane",
  Watercolour: "Suluboya",
  "Oil Painting": "Yağlıboya",
  "Pencil Sketch": "Karakalem",
  "Neon City": "Neon şehir",
  "Istanbul Nights": "İstanbul geceleri",
  "Black and White": "Siyah beyaz",
  "Theatre Night": "Tiyatro gecesi",
  "Autumn Lane": "Sonbahar yolu",
  "At the Beach": "Plajda",
  "Coffee House": "Kahvehane",
  "Rooftop Dawn": "Çatıda şafak",
  "Desert Light": "Çöl ışığı",
  "Rose Garden": "Gül bahçesi",
  "Winter Forest": "Kış ormanı",
  Impressionist: "İzlenimci",
  "Film Still": "Film karesi",
  "Northern Lights": "Kuzey ışıkları",
  "Among the Stars": "Yıldızların arasında",
};

const CATEGORIES: Record<string, string> = {
  portrait: "Portre",
  outdoor: "Açık hava",
  business: "İş",
  art: "Sanat",
  night: "Gece",
};

export function sceneName(scene: { name: string }): string {
  return (language.value === "tr" && SCENES[scene.name]) || scene.name;
}

export function categoryName(category: { slug: string; name: string }): string {
  return (language.value === "tr" && CATEGORIES[category.slug]) || category.name;
}
