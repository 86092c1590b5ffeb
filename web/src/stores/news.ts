// What a session's own screen has learnt, for the lists one goes back to.
import type { Listed } from "./listed";

/** A list that offers nothing which is over, and says of the rest whether it has begun. */
export function withNews(rows: Listed[], news: Pick<Listed, "id"> & { status: string }): Listed[] {
  const { id, status } = news;
  if (status !== "live" && status !== "scheduled") return rows.filter((row) => row.id !== id);
  return rows.map((row) => (row.id === id ? { ...row, status } : row));
}
