// What else is on, under the picture where there is room.
import { useEffect } from "preact/hooks";
import { Face, nameOf } from "../../parts/face";
import { listed, readListed } from "../../stores/listed";
import { count, say } from "../../words";
import "./others.css";

const SHOWN_MAX = 3;

export function OthersOn({ but }: { but: string }) {
  useEffect(() => {
    readListed().catch(() => {}); // a room is whole without it
  }, [but]);
  const others = (listed.value ?? []).filter((row) => row.status === "live" && row.id !== but).slice(0, SHOWN_MAX);
  if (others.length === 0) return null;
  return (
    <section class="others" aria-label={say("liveNow")}>
      {others.map((row) => (
        <a key={row.id} href={`#/session/${row.id}`}>
          {row.thumbnail_url ? <img src={row.thumbnail_url} alt="" /> : <Face person={row.creator} size="large" />}
          <span class="grow">
            <b class="cut">{row.title}</b>
            <small class="cut dim">
              {nameOf(row.creator)} · {count(row.viewer_count)}
            </small>
          </span>
        </a>
      ))}
    </section>
  );
}
