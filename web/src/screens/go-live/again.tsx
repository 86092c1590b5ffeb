// Whether a plan comes again, and how often: by the clock of where its host is.
import { Segments } from "../../parts/segments";
import type { Every } from "../../stores/series";
import { sayOfPlans } from "../../words/plans";

export function Again({ value, onChoose }: { value: Every; onChoose: (every: Every) => void }) {
  return (
    <>
      <Segments
        name={sayOfPlans("again")}
        value={value ?? "once"}
        options={[
          { value: "once", label: sayOfPlans("once") },
          { value: "daily", label: sayOfPlans("daily") },
          { value: "weekly", label: sayOfPlans("weekly") },
        ]}
        onChoose={(every) => onChoose(every === "once" ? null : every)}
      />
      <p class="dim">{sayOfPlans(value ? "againMeans" : "onceMeans")}</p>
    </>
  );
}

export const timeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
