// Who may do what to whom in a room: the host is above moderators, moderators above the rest, nobody above themselves.
import type { Participant } from "../../../operations";

export type Rank = "host" | "moderator" | "guest" | "audience";

export interface Rights {
  /** Their microphone, putting them out, banning them. */
  order: boolean;
  /** Roles and invitations: the host's alone. */
  roles: boolean;
  /** Their lines. */
  lines: boolean;
}

const HEIGHT: Record<Rank, number> = { host: 3, moderator: 2, guest: 1, audience: 1 };

export function rankOf(seat: Pick<Participant, "role"> | null | undefined): Rank {
  switch (seat?.role) {
    case "host":
      return "host";
    case "moderator":
      return "moderator";
    case "co_host":
    case "invited_guest":
    case "speaker":
      return "guest";
    default:
      return "audience";
  }
}

export function rightsOver(mine: Rank, theirs: Rank, themselves: boolean): Rights {
  const above = !themselves && HEIGHT[mine] >= HEIGHT.moderator && HEIGHT[mine] > HEIGHT[theirs];
  return { order: above, roles: above && mine === "host", lines: themselves || HEIGHT[mine] >= HEIGHT.moderator };
}
