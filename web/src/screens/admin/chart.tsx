// Numbers by the day, drawn by uPlot: bars on top of each other, or lines. What is drawn is told beside it, too: this is a
// picture with a sentence, `figure.tsx` has the table. Colours are the tokens', read where they were worked out.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { look } from "../../stores/look";
import { count, language } from "../../words";
import { dayName, type Measure } from "./days";
import "./chart.css";

export type Colour = "chart-1" | "chart-2" | "chart-3" | "chart-4" | "chart-coins" | "danger";

export interface Series {
  label: string;
  colour: Colour;
  values: Measure[];
}

interface Drawn {
  days: string[];
  series: Series[];
  kind: "bars" | "lines";
  /** A sentence with what is to be seen. */
  summary: string;
  format?: (value: number) => string;
}

const HEIGHT_PX = 220;
const AXIS_PX_MIN = 40;
const AXIS_CHARACTER_PX = 7;
const BAR_PX_MAX = 28;
const DAYS_APART_PX = 70;
const DASHES = [[], [6, 4], [2, 3], [10, 4, 2, 4]];

export function Chart({ days, series, kind, summary, format = count }: Drawn) {
  const place = useRef<HTMLDivElement>(null);
  const swatches = useRef<HTMLUListElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const night = useNight();

  useEffect(() => {
    const box = place.current!;
    const colours = [...swatches.current!.querySelectorAll("i")].map((each) => getComputedStyle(each).color);
    const chart = new uPlot(
      options({ box, days, kind, colours, format, hovered: setAt }),
      kind === "bars" ? piled(days, series) : plain(days, series),
      box,
    );
    const resized = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
    resized.observe(box);
    return () => {
      resized.disconnect();
      chart.destroy();
    };
  }, [days, series, kind, night, language.value]);

  return (
    <div class="chart">
      <ul class="legend" ref={swatches}>
        {series.map(({ label, colour, values }, index) => (
          <li key={label}>
            <i class={kind === "lines" ? `line-${index}` : undefined} style={{ color: `var(--${colour})` }} />
            {label}
            {at !== null && values[at] != null && <b class="count">{format(values[at]!)}</b>}
          </li>
        ))}
        {at !== null && days[at] && <li class="dim">{dayName(days[at]!)}</li>}
      </ul>
      <div class="plot" ref={place} role="img" aria-label={summary} />
    </div>
  );
}

/** Whether it is night on the page: what is on a canvas has to be drawn anew then. */
function useNight(): boolean {
  const device = matchMedia("(prefers-color-scheme: dark)");
  const [dark, setDark] = useState(device.matches);
  useEffect(() => {
    const changed = () => setDark(device.matches);
    device.addEventListener("change", changed);
    return () => device.removeEventListener("change", changed);
  }, []);
  return look.value === "device" ? dark : look.value === "dark";
}

function plain(days: string[], series: Series[]): uPlot.AlignedData {
  return [days.map((_, index) => index), ...series.map(({ values }) => values)];
}

/** On top of each other: the highest is drawn first, and the next over it. */
function piled(days: string[], series: Series[]): uPlot.AlignedData {
  const heights: number[] = days.map(() => 0);
  const rows = series.map(({ values }) => values.map((value, index) => (heights[index]! += value ?? 0)));
  return [days.map((_, index) => index), ...rows.reverse()];
}

interface Looks {
  box: HTMLElement;
  days: string[];
  kind: "bars" | "lines";
  colours: string[];
  format: (value: number) => string;
  hovered: (index: number | null) => void;
}

function options({ box, days, kind, colours, format, hovered }: Looks): uPlot.Options {
  const words = getComputedStyle(box);
  const axis = { stroke: words.color, font: `450 12px ${words.fontFamily}`, ticks: { show: false } };
  const line = { stroke: words.borderColor, width: 1 };
  const drawn = colours.map((colour, index) =>
    kind === "bars"
      ? { fill: colour, width: 0, paths: uPlot.paths.bars!({ size: [0.72, BAR_PX_MAX] }), points: { show: false } }
      : { stroke: colour, width: 2, dash: DASHES[index]!, spanGaps: false },
  );
  return {
    width: box.clientWidth,
    height: HEIGHT_PX,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: kind === "lines" } },
    scales: {
      x: { time: false, range: [-0.6, days.length - 0.4] },
      y: { range: (_, __, highest) => [0, Math.max(highest, 1) * 1.05] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: DAYS_APART_PX,
        incrs: [1, 2, 7, 14, 28],
        values: (_, places) => places.map((place) => (days[place] ? dayName(days[place]!) : "")),
      },
      {
        ...axis,
        grid: line,
        size: (_, labels) => axisPx(labels ?? []),
        values: (_, heights) => heights.map((height) => format(height)),
      },
    ],
    series: [{}, ...(kind === "bars" ? drawn.reverse() : drawn)],
    hooks: { setCursor: [(chart) => hovered(chart.cursor.idx ?? null)] },
  };
}

/** As wide as the longest of them, whatever language and money it is. */
function axisPx(labels: string[]): number {
  return Math.max(AXIS_PX_MIN, 14 + AXIS_CHARACTER_PX * Math.max(0, ...labels.map((label) => label.length)));
}
