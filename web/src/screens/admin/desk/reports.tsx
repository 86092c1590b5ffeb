// What people reported, the oldest first: taken up, and closed with what came of it, which whoever reported it is told.
import { useState } from "preact/hooks";
import type { ReportAnswered, ReportOfAdmins } from "../../../operations";
import { Chips } from "../../../parts/chips";
import { useDoing } from "../../../parts/doing";
import { nameOf } from "../../../parts/face";
import { Failure } from "../../../parts/failure";
import { operation } from "../../../server/client";
import { meetPeople, people } from "../../../stores/people";
import { say, when } from "../../../words";
import { sayOfDesk } from "../../../words/desk";
import { sayOfOrder } from "../../../words/order";
import { useAsked } from "../asked";
import { Closing } from "./closing";
import "./desk.css";

const STATES = ["open", "reviewing", "resolved", "dismissed"] as const;
const PAGE = 50;

type State = (typeof STATES)[number];

export function Reports() {
  const [state, setState] = useState<State>("open");
  const [after, setAfter] = useState(0);
  const [round, setRound] = useState(0);
  const { answer, failure, again } = useAsked(`reports ${state} ${after} ${round}`, async () => {
    const { reports } = await operation<"read_reports">(
      "GET",
      `admin/reports?status=${state}&after=${after}&limit=${PAGE}`,
    );
    await meetPeople(reports.map((each) => each.profile_id));
    return reports;
  });
  return (
    <>
      <Chips
        name={sayOfDesk("status")}
        value={state}
        options={STATES.map((value) => ({ value, label: sayOfDesk(value) }))}
        onChoose={(chosen) => {
          setAfter(0);
          setState(chosen);
        }}
      />
      <Failure error={failure} retry={again} />
      {answer?.length === 0 && <p class="dim">{sayOfDesk("noReports")}</p>}
      <ol class="figures">
        {answer?.map((report) => (
          <One key={report.id} report={report} onHandled={() => setRound(round + 1)} />
        ))}
      </ol>
      {answer?.length === PAGE && (
        <button class="button full" onClick={() => setAfter(answer.at(-1)!.number)}>
          {say("showMore")}
        </button>
      )}
    </>
  );
}

function One({ report, onHandled }: { report: ReportOfAdmins; onHandled: () => void }) {
  const [closing, setClosing] = useState<"resolved" | "dismissed">();
  const { busy, failure, attempt } = useDoing();
  const isClosed = report.status === "resolved" || report.status === "dismissed";

  async function handle(body: ReportAnswered) {
    const done = await attempt(() => operation<"handle_report">("PATCH", `admin/reports/${report.id}`, body));
    if (done) onHandled();
  }

  return (
    <li class="panel report" data-testid="report">
      <b>
        {reasonOf(report.reason)} · {sayOfDesk(report.kind)}: {nameOf(people.value[report.profile_id])}
      </b>
      <small class="dim">{sayOfDesk("from", { when: when(report.created_at) })}</small>
      <blockquote>{evidenceOf(report)}</blockquote>
      {report.note && <p>{report.note}</p>}
      {report.outcome && <p class="dim">{report.outcome}</p>}
      <Failure error={failure} />
      {!isClosed && (
        <div class="row">
          {report.status === "open" && (
            <button class="button small" disabled={busy} onClick={() => void handle({ status: "reviewing" })}>
              {sayOfDesk("takeUp")}
            </button>
          )}
          <button class="button small" disabled={busy} onClick={() => setClosing("resolved")}>
            {sayOfDesk("resolve")}
          </button>
          <button class="button small" disabled={busy} onClick={() => setClosing("dismissed")}>
            {sayOfDesk("dismiss")}
          </button>
        </div>
      )}
      {closing && (
        <Closing
          yes={sayOfDesk(closing === "resolved" ? "resolve" : "dismiss")}
          asked={sayOfDesk("outcome")}
          means={sayOfDesk("outcomeMeans")}
          onYes={(outcome) => {
            setClosing(undefined);
            void handle({ status: closing, outcome });
          }}
          onClose={() => setClosing(undefined)}
        />
      )}
    </li>
  );
}

/** What there was to see when it was reported: a line, a title, or a name. */
function evidenceOf({ evidence }: ReportOfAdmins): string {
  const seen = evidence.content ?? evidence.title ?? evidence.display_name ?? evidence.username;
  return typeof seen === "string" ? seen : "…";
}

function reasonOf(reason: ReportOfAdmins["reason"]): string {
  return reason === "spam" || reason === "other" ? say(reason) : sayOfOrder(reason);
}
