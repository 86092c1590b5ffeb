// A list whose rows are moved one place: shown at once, put back if the server refuses the new order.
import { useState } from "preact/hooks";
import { useDoing } from "../../../parts/doing";

export function useOrder<Row>(rows: Row[], keep: (moved: Row[]) => Promise<unknown>) {
  const [order, setOrder] = useState(rows);
  const { busy, failure, attempt } = useDoing();

  async function move(from: number, to: number) {
    const moved = order.with(from, order[to]!).with(to, order[from]!);
    setOrder(moved);
    if (!(await attempt(() => keep(moved)))) setOrder(order);
  }

  return { order, busy, failure, move };
}
