// Who is signed in: the auth session, and the profile that goes with it.
import { computed, signal } from "@preact/signals";
import type { Session } from "@supabase/supabase-js";
import { sahne } from "../server/client";
import { forgetTickets } from "./tickets";
import { balance, refreshBalance } from "./wallet";

export interface Profile {
  id: string;
  user_id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
  is_creator: boolean;
  role: string;
}

export const login = signal<Session | null>(null);
// What the link of a letter brought; the client takes the session out of the address before anybody else sees it
const brought = new URLSearchParams(location.hash.slice(1));
/** Whoever came by the letter of a forgotten password has yet to choose a new one. */
export const recovering = signal(brought.get("type") === "recovery");
/** What went wrong with a link, by its code. */
export const linkFailure = signal(brought.has("error_code") ? { code: brought.get("error_code") } : null);

// What another provider's sign-in brought, to be exchanged by this browser alone
const broughtCode = new URLSearchParams(location.search).get("code");

/** Whoever has a second factor and did not prove it in this session is not in yet. */
export const halfway = computed(() => {
  const session = login.value;
  if (!session?.user.factors?.some(({ status }) => status === "verified")) return false;
  const claims = session.access_token.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
  return JSON.parse(atob(claims)).aal === "aal1";
});

export const profile = signal<Profile | null>(null);

/** Take up the session this browser remembers, and follow what becomes of it. */
export async function remember(): Promise<void> {
  if (linkFailure.value) history.replaceState(null, "", location.pathname);
  if (broughtCode?.startsWith("oauth_")) await comeBack(broughtCode);
  login.value = (await sahne.auth.getSession()).data.session;
  sahne.auth.onAuthStateChange((_event, fresh) => {
    const changed = fresh?.user.id !== login.value?.user.id;
    login.value = fresh;
    // Supabase's client holds its lock while it tells us: what calls it back must wait a tick.
    if (changed) setTimeout(() => void meet(), 0);
  });
  await meet();
  // A browser that was signed out from elsewhere holds a token that opens doors until it ends: the client asks whose it
  // is, and forgets it where there is no session any more.
  if (login.value) void sahne.auth.getUser();
}

async function comeBack(code: string): Promise<void> {
  const elsewhere = await import("./elsewhere");
  await elsewhere.comeBack(code).catch((error: { code?: string }) => {
    linkFailure.value = { code: error.code ?? "unexpected_failure" };
  });
}

async function meet(): Promise<void> {
  const user = login.value?.user;
  forgetTickets();
  if (!user) {
    profile.value = null;
    balance.value = null;
    return;
  }
  const { data } = await sahne
    .from("profiles")
    .select("id,user_id,username,display_name,avatar_url,is_creator,role")
    .eq("id", user.id)
    .maybeSingle();
  profile.value = data as Profile | null;
  await refreshBalance();
}
