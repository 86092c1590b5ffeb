// The one Supabase client, unmodified, and Sahne's own operations called through it.
import { createClient, FunctionsHttpError, type SupabaseClient } from "@supabase/supabase-js";
import type { Operations } from "../operations";
import { watchedFetch } from "./connection";

export interface Config {
  publishable_key: string;
  demo: boolean;
  livekit: boolean;
  /** Whom else one may sign in with, and whether such ways in are added and removed by hand. */
  providers: string[];
  linking: boolean;
  /** The domain that passkeys are bound to; null where there are none. */
  passkeys: string | null;
  /** Whether one may come in with a phone number. */
  phone: boolean;
  /** Whether a phone may be a second factor. */
  phone_factor: boolean;
  /** What browsers subscribe to pushes with; null where none are sent. */
  vapid_public_key: string | null;
}

export let config: Config;
export let sahne: SupabaseClient;

/** Whether this page, in this browser, may ask for passkeys. */
export function hasPasskeys(): boolean {
  const domain = config.passkeys;
  return domain !== null && "PublicKeyCredential" in window && `.${location.hostname}`.endsWith(`.${domain}`);
}

/** Read the server's public settings and make the client; to be awaited before anything is asked. */
export async function connect(): Promise<void> {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  config = (await answer.json()) as Config;
  sahne = createClient(location.origin, config.publishable_key, {
    global: { fetch: watchedFetch },
    auth: { experimental: { recoveryCodes: true } },
  });
}

/** What a question of the client answers; its error is thrown, by the rule's own code where a table's rule said no. */
export async function dataOf<T>(question: PromiseLike<{ data: unknown; error: unknown }>): Promise<T> {
  const { data, error } = await question;
  if (error) throw byRule(error as Told) ?? error;
  return data as T;
}

interface Told {
  message?: string;
  hint?: string | null;
  details?: unknown;
}

function byRule({ message, hint, details }: Told): Refused | null {
  if (typeof details !== "string" || !details.startsWith('{"code"')) return null;
  const { code } = JSON.parse(details) as { code: string };
  return new Refused(code, message ?? code, hint ?? null);
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
