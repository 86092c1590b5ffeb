// What is said in a room, as a list that only these functions change: rows as the server has them, one's own lines on
// their way there, and who came. Nothing here waits or asks; `useChat` does.
export interface Row {
  id: string;
  seq: number;
  message_type: "text" | "gift" | "system" | "pinned";
  content: string | null;
  gift_id: string | null;
  gift_quantity: number | null;
  gift_coin_value: number | null;
  /** Gifts in a row are one combo: named after the first, and how many they were by this line. */
  gift_combo_id: string | null;
  gift_combo_count: number | null;
  sender_profile_id: string;
  /** By which tier who says it subscribes to the host. */
  sender_tier: string | null;
  is_pinned: boolean | null;
  is_deleted: boolean | null;
  /** What a system line is about; its content is a code. */
  details: Record<string, unknown> | null;
}

export type Line =
  | { kind: "row"; key: string; row: Row }
  | { kind: "own"; key: string; content: string; fate: "sending" | "refused" }
  | { kind: "arrivals"; key: string; ids: string[] };

const LINES_MAX = 200;

/** Rows from the server, in whatever order; one's own line that they answer gives its place to them. */
export function heard(lines: Line[], rows: Row[], me: string): Line[] {
  const fresh = rows.filter((row) => !row.is_deleted).sort((a, b) => a.seq - b.seq);
  return fresh.reduce((before, row) => place(before, row, me), lines).slice(-LINES_MAX);
}

function place(lines: Line[], row: Row, me: string): Line[] {
  const line: Line = { kind: "row", key: row.id, row };
  const known = lines.findIndex((each) => each.key === row.id);
  if (known >= 0) return lines.with(known, line);
  const waiting = row.sender_profile_id === me ? lines.findIndex((each) => isOnItsWay(each, row.content)) : -1;
  if (waiting >= 0) return lines.with(waiting, line);
  const later = lines.findIndex((each) => each.kind === "row" && each.row.seq > row.seq);
  return later < 0 ? [...lines, line] : lines.toSpliced(later, 0, line);
}

function isOnItsWay(line: Line, content: string | null): boolean {
  return line.kind === "own" && line.fate === "sending" && line.content === content;
}

/** Shown at once, before the server has answered. */
export function said(lines: Line[], key: string, content: string): Line[] {
  return [...lines, { kind: "own" as const, key, content, fate: "sending" as const }].slice(-LINES_MAX);
}

/** What became of one's own line: it stays, to be tried again. */
export function refused(lines: Line[], key: string): Line[] {
  return lines.map((line) => (line.kind === "own" && line.key === key ? { ...line, fate: "refused" } : line));
}

/** Out of sight: deleted, taken back, or about to be said again. */
export function gone(lines: Line[], key: string): Line[] {
  return lines.filter((line) => line.key !== key);
}

/** Who comes while nobody speaks is told in one line. */
export function arrived(lines: Line[], id: string): Line[] {
  const last = lines.at(-1);
  if (last?.kind !== "arrivals") return [...lines, { kind: "arrivals" as const, key: `arrival:${id}`, ids: [id] }];
  if (last.ids.includes(id)) return lines;
  return lines.with(-1, { ...last, ids: [...last.ids, id] });
}

/** Gifts of one combo are one line, with as many as the server counted. */
export function gathered(lines: Line[]): Line[] {
  const shown: Line[] = [];
  for (const line of lines) {
    const before = shown.at(-1);
    if (before && isSameCombo(before, line)) shown[shown.length - 1] = sumOf(before, line);
    else shown.push(line);
  }
  return shown;
}

function isSameCombo(one: Line, other: Line): boolean {
  if (one.kind !== "row" || other.kind !== "row") return false;
  return one.row.gift_combo_id !== null && one.row.gift_combo_id === other.row.gift_combo_id;
}

function sumOf(one: Line, other: Line): Line {
  if (one.kind !== "row" || other.kind !== "row") return other;
  const row = {
    ...one.row,
    gift_combo_count: Math.max(one.row.gift_combo_count ?? 1, other.row.gift_combo_count ?? 1),
    gift_coin_value: (one.row.gift_coin_value ?? 0) + (other.row.gift_coin_value ?? 0),
  };
  return { ...one, row }; // the first one's key: the line stays where it is and counts up
}
