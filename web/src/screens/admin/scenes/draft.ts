// A scene as it is typed: out of what the server keeps, and back into what it is told. Only what was changed is sent.
import type { KeptScene, SceneEdit, SceneTrial } from "../../../operations";

export interface Naming {
  locale: string;
  name: string;
  description: string;
}

export interface Draft {
  name: string;
  description: string;
  category: string;
  subcategory: string;
  thumbnail_url: string;
  prompt_template: string;
  negative_prompt: string;
  keywords: string;
  is_premium: boolean;
  is_active: boolean;
  /** By the clock of this device, as its field has them: `2031-05-01T18:00`. */
  active_from: string;
  active_until: string;
  translations: Naming[];
  note: string;
}

export const PLACEHOLDERS = ["{gender}", "{style}", "{category}"] as const;
const MINUTE_MS = 60_000;

/** Of a scene there is, or of one to be, in a category. */
export function draftOf(kept: KeptScene | null, category = ""): Draft {
  const scene = kept?.scene;
  return {
    name: scene?.name ?? "",
    description: scene?.description ?? "",
    category: scene?.category ?? category,
    subcategory: scene?.subcategory ?? "",
    thumbnail_url: scene?.thumbnail_url ?? "",
    prompt_template: kept?.prompt_template ?? "",
    negative_prompt: kept?.negative_prompt ?? "",
    keywords: (scene?.style_keywords ?? []).join(", "),
    is_premium: scene?.is_premium ?? false,
    is_active: scene?.is_active ?? true,
    active_from: localOf(scene?.active_from ?? null),
    active_until: localOf(scene?.active_until ?? null),
    translations: (kept?.translations ?? []).map((each) => ({ ...each, description: each.description ?? "" })),
    note: "",
  };
}

/** What the server is told: the fields that are otherwise than they were. */
export function changes(draft: Draft, before: Draft): SceneEdit {
  const [now, was] = [fieldsOf(draft), fieldsOf(before)];
  const names = (Object.keys(now) as (keyof SceneEdit)[]).filter(
    (name) => JSON.stringify(now[name]) !== JSON.stringify(was[name]),
  );
  return Object.fromEntries(names.map((name) => [name, now[name]]));
}

/** What would be made of it; a template that is empty yet is left to the scene there is. */
export function trialOf(draft: Draft, scene_id: string | null): SceneTrial {
  const { prompt_template, negative_prompt, style_keywords, category } = fieldsOf(draft);
  return {
    negative_prompt: negative_prompt ?? null,
    style_keywords: style_keywords ?? null,
    ...(prompt_template ? { prompt_template } : {}),
    ...(category ? { category } : {}),
    ...(scene_id ? { scene_id } : {}),
  };
}

function fieldsOf(draft: Draft): SceneEdit {
  return {
    name: draft.name.trim(),
    description: textOf(draft.description),
    category: draft.category,
    subcategory: textOf(draft.subcategory),
    thumbnail_url: textOf(draft.thumbnail_url),
    prompt_template: draft.prompt_template.trim(),
    negative_prompt: textOf(draft.negative_prompt),
    style_keywords: keywordsOf(draft.keywords),
    is_premium: draft.is_premium,
    is_active: draft.is_active,
    active_from: momentOf(draft.active_from),
    active_until: momentOf(draft.active_until),
    translations: draft.translations.map((each) => ({
      locale: each.locale.trim(),
      name: each.name.trim(),
      description: textOf(each.description),
    })),
    note: textOf(draft.note),
  };
}

export const textOf = (typed: string) => typed.trim() || null;

export function keywordsOf(typed: string): string[] {
  const words = typed.split(",").map((word) => word.trim());
  return [...new Set(words)].filter(Boolean);
}

function momentOf(typed: string): string | null {
  return typed ? new Date(typed).toISOString() : null;
}

function localOf(moment: string | null): string {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}
