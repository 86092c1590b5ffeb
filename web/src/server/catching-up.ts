// A channel that was away for a moment says how far it had come, and the server sends what it missed; only where that is
// more than the server keeps, all is read anew.
import type { RealtimeChannelOptions } from "@supabase/supabase-js";

/** What the server says of how far a channel has come. */
export interface HowFar {
  commit?: string;
  load_again?: boolean;
}

/** The options to join with, whom to hand `system` messages to, and whether all is to be read when the channel is in. */
export function catchingUp(readAnew: () => void) {
  const catch_up: { since?: string } = {}; // sent with each join, as it is then
  return {
    options: { config: { postgres_changes_options: { catch_up } } } as RealtimeChannelOptions,
    hear({ commit, load_again }: HowFar): void {
      if (load_again) readAnew();
      catch_up.since = commit ?? catch_up.since;
    },
    isNew: () => catch_up.since === undefined,
  };
}
