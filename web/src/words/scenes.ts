// What scenes and their groups are called in the reader's language: their rows say it, and their own name where they do not.
import { type Named, scenes } from "../stores/scenes";
import { language } from "./index";

/** Also of a picture's scene, whose row has a name and no languages. */
export function sceneName(scene: { id: string; name: string }): string {
  return called(scenes.value?.find((each) => each.id === scene.id)) ?? scene.name;
}

export function categoryName(category: Named): string {
  return called(category) ?? category.name;
}

function called(named: Named | undefined): string | undefined {
  return named?.translations.find((each) => each.locale === language.value)?.name;
}
