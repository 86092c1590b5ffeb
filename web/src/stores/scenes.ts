// The studio's scenes and the day's quota: asked for once, and the quota again with every picture.
import { signal } from "@preact/signals";
import type { Quota } from "../operations";
import { dataOf, operation, sahne } from "../server/client";

/** What something is called, and what in other languages. */
export interface Named {
  name: string;
  translations: { locale: string; name: string }[];
}

export interface Scene extends Named {
  id: string;
  description: string | null;
  category: string;
  thumbnail_url: string | null;
  is_premium: boolean;
}

export interface Category extends Named {
  slug: string;
}

const SCENES_MAX = 60;
const CATEGORIES_MAX = 20;

/** Undefined until they have been read once. */
export const scenes = signal<Scene[] | undefined>(undefined);
export const categories = signal<Category[]>([]);
export const quota = signal<Quota | null>(null);

export async function readScenes(): Promise<void> {
  const [groups, all] = await Promise.all([
    dataOf<Category[]>(
      sahne
        .from("categories")
        .select("slug,name,translations:category_translations(locale,name)")
        .order("order_index")
        .limit(CATEGORIES_MAX),
    ),
    dataOf<Scene[]>(
      sahne
        .from("scenes")
        .select("id,name,description,category,thumbnail_url,is_premium,translations:scene_translations(locale,name)")
        .order("order_index")
        .limit(SCENES_MAX),
    ),
  ]);
  categories.value = groups;
  scenes.value = all;
}

export async function readQuota(): Promise<void> {
  quota.value = await operation<"read_quota">("GET", "studio/quota");
}
