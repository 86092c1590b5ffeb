// What a host would like to reach in a session, one goal after another, filling as gifts come.
import { useEffect, useState } from "preact/hooks";
import { dataOf, sahne } from "../server/client";
import { type Goal, kept } from "../stores/goals";

const COLUMNS = "id,position,title,target_coins,coins,reached_at";
const GOALS_MAX = 50;

/** In their order. */
export function useGoals(sessionId: string): Goal[] {
  const [goals, setGoals] = useState<Goal[]>([]);
  useEffect(() => {
    const read = async () => {
      const asked = sahne.from("live_goals").select(COLUMNS).eq("session_id", sessionId).order("position");
      setGoals(await dataOf<Goal[]>(asked.limit(GOALS_MAX)));
    };
    const table = { schema: "public", table: "live_goals" };
    const here = { ...table, filter: `session_id=eq.${sessionId}` };
    const keep = (change: { new: unknown }) => setGoals((before) => kept(before, change.new as Goal));
    const channel = sahne
      .channel(`goals:${sessionId}`)
      .on("postgres_changes", { ...here, event: "INSERT" }, keep)
      .on("postgres_changes", { ...here, event: "UPDATE" }, keep)
      .on("postgres_changes", { ...table, event: "DELETE" }, (change) =>
        setGoals((before) => before.filter((goal) => goal.id !== (change.old as Goal).id)),
      )
      .subscribe((status) => {
        if (status === "SUBSCRIBED") read().catch(() => {}); // a room is whole without them
      });
    return () => void sahne.removeChannel(channel);
  }, [sessionId]);
  return goals;
}
