// A session's goals as a list that only these functions change.
export interface Goal {
  id: string;
  position: number;
  title: string;
  target_coins: number;
  coins: number;
  reached_at: string | null;
}

export function kept(goals: Goal[], goal: Goal): Goal[] {
  return [...goals.filter((each) => each.id !== goal.id), goal].sort((a, b) => a.position - b.position);
}

/** The one that fills now. */
export const openOf = (goals: Goal[]) => goals.find((goal) => !goal.reached_at);
