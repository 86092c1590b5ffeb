// The one Supabase client, unmodified, and who is signed in.
import { signal } from "@preact/signals";
import { createClient, FunctionsHttpError, type Session, type SupabaseClient } from "@supabase/supabase-js";
import type { Operations } from "./operations";

export interface Config {
  publishable_key: string;
  demo: boolean;
  livekit: boolean;
}

export interface Profile {
  id: string;
  user_id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  is_creator: boolean;
}

export let config: Config;
export let sahne: SupabaseClient;

export const session = signal<Session | null>(null);
export const profile = signal<Profile | null>(null);
export const balance = signal<number | null>(null);

/** Read the server's public settings and open the client; to be awaited before anything is drawn. */
export async function open(): Promise<void> {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  config = (await answer.json()) as Config;
  sahne = createClient(location.origin, config.publishable_key);
  session.value = (await sahne.auth.getSession()).data.session;
  sahne.auth.onAuthStateChange((_event, fresh) => {
    const changed = fresh?.user.id !== session.value?.user.id;
    session.value = fresh;
    // Supabase's client holds its lock while it tells us: what calls it back must wait a tick.
    if (changed) setTimeout(() => void meet(), 0);
  });
  await meet();
}

async function meet(): Promise<void> {
  const user = session.value?.user;
  if (!user) {
    profile.value = null;
    balance.value = null;
    return;
  }
  const { data } = await sahne
    .from("profiles")
    .select("id,user_id,username,display_name,avatar_url,is_creator")
    .eq("id", user.id)
    .maybeSingle();
  profile.value = data as Profile | null;
  await refreshBalance();
}

export async function refreshBalance(): Promise<void> {
  const wallet = await operation<"read_wallet">("GET", "coins/wallet").catch(() => null);
  balance.value = wallet?.balance ?? null;
}

/** What a question of the client answers; its error is thrown. */
export async function dataOf<T>(question: PromiseLike<{ data: unknown; error: unknown }>): Promise<T> {
  const { data, error } = await question;
  if (error) throw error;
  return data as T;
}

/** A failure in the server's own words. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string | null,
  ) {
    super(message);
  }

  /** A refusal that came as data, or that the page itself makes: its sentence is looked up by its code. */
  static by(code: string): Refused {
    return new Refused(code, code, null);
  }
}

/** Call one of Sahne's operations by its name; `key` is the Idempotency-Key of what spends. */
export async function operation<Name extends keyof Operations>(
  method: Operations[Name]["method"],
  path: Operations[Name]["path"],
  body?: Operations[Name]["body"],
  key?: string,
): Promise<Operations[Name]["answer"]> {
  const { data, error } = await sahne.functions.invoke<Operations[Name]["answer"]>(path, {
    method,
    body: body as Record<string, unknown> | undefined,
    headers: key ? { "Idempotency-Key": key } : {},
  });
  if (error instanceof FunctionsHttpError) {
    const said = (await (error.context as Response).json().catch(() => ({}))) as Partial<Refused>;
    throw new Refused(said.code ?? "unknown", said.message ?? error.message, said.hint ?? null);
  }
  if (error) throw error;
  return data as Operations[Name]["answer"];
}
