// Every scene there is, retired ones too, page by page.
import type { KeptScene } from "../../../operations";
import { operation } from "../../../server/client";

const PAGE = 100;

export async function readAll(): Promise<KeptScene[]> {
  const all: KeptScene[] = [];
  let after: string | null = null;
  do {
    const page: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const told = await operation<"admin_scenes">("GET", `admin/scenes?limit=${PAGE}${page}`);
    all.push(...told.scenes);
    after = told.next;
  } while (after !== null);
  return all;
}
