// Signing in with other providers. The browser leaves the page and comes back with a code, which only this browser can exchange (PKCE): a client of
// its own keeps what is needed for that, and hands the session on.
import {
  createClient,
  type Provider,
  type Session,
  type SupabaseClient,
  type UserIdentity,
} from "@supabase/supabase-js";
import { config, dataOf, sahne } from "../server/client";

const KEPT = "sahne-elsewhere";
const LINKING = "sahne-linking";
const LANDING = "sahne-landing";

let client: SupabaseClient | undefined;

function elsewhere(): SupabaseClient {
  client ??= createClient(location.origin, config.publishable_key, {
    auth: { flowType: "pkce", storageKey: KEPT, autoRefreshToken: false, detectSessionInUrl: false },
  });
  return client;
}

const options = { redirectTo: location.origin };

/** Leave for the provider's sign-in; what the address led to is remembered. */
export async function goTo(provider: string): Promise<void> {
  sessionStorage.setItem(LANDING, location.hash);
  sessionStorage.removeItem(LINKING);
  await dataOf(elsewhere().auth.signInWithOAuth({ provider: provider as Provider, options }));
}

/** Leave to add another way into the account of who is signed in. */
export async function link(provider: string): Promise<void> {
  const { session } = await dataOf<{ session: Session }>(sahne.auth.getSession());
  await dataOf(elsewhere().auth.setSession(session));
  sessionStorage.setItem(LANDING, location.hash);
  sessionStorage.setItem(LINKING, provider);
  await dataOf(elsewhere().auth.linkIdentity({ provider: provider as Provider, options }));
}

/** Back with a code: who signed in is in, and who linked has another way in and stays in the session they had. */
export async function comeBack(code: string): Promise<void> {
  const landing = sessionStorage.getItem(LANDING) ?? "";
  history.replaceState(null, "", location.pathname + landing);
  dispatchEvent(new HashChangeEvent("hashchange"));
  const { session } = await dataOf<{ session: Session }>(elsewhere().auth.exchangeCodeForSession(code));
  const linked = sessionStorage.getItem(LINKING);
  for (const each of [LANDING, LINKING]) sessionStorage.removeItem(each);
  if (linked) await elsewhere().auth.signOut({ scope: "local" });
  else await dataOf(sahne.auth.setSession(session));
  localStorage.removeItem(KEPT);
}

export async function readWays(): Promise<UserIdentity[]> {
  return (await dataOf<{ identities: UserIdentity[] }>(sahne.auth.getUserIdentities())).identities;
}

export const remove = (way: UserIdentity) => dataOf(sahne.auth.unlinkIdentity(way));
