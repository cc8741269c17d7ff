import { useEffect } from "react";
import type { ReportAnswer, ReportsAnswer } from "../../../http/schemas/reports.ts";
import { monthText } from "../../format.ts";
import { useAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { go, usePlace, withQuery } from "../router.ts";
import { ReportTable } from "./report-table.tsx";
import { lastMonth, monthAfter } from "./view.ts";
import "./reports.css";

type Report = ReportsAnswer["reports"][number];

/** Reports of a month: ← → go along the months, digits choose the report. */
export function ReportsPage() {
  const reports = useAnswer<ReportsAnswer>("/api/reports");
  useEffect(() => {
    document.title = "Отчёты — энергохаб";
  }, []);
  return (
    <main className="reports">
      <Await of={reports}>{(answer) => <Chosen reports={answer.reports} />}</Await>
    </main>
  );
}

function Chosen({ reports }: { readonly reports: readonly Report[] }) {
  const { query } = usePlace();
  const month = query.get("month") ?? lastMonth();
  const report = reports.find(({ name }) => name === query.get("report")) ?? reports[0];
  useKeys(reports, month);
  if (report === undefined) return <p className="muted">Отчётов нет.</p>;
  return (
    <>
      <nav className="report-choice" aria-label="Отчёт и месяц">
        {reports.map(({ name, title }, index) => (
          <button
            key={name}
            type="button"
            className="act"
            aria-pressed={name === report.name}
            title={`Клавиша ${index + 1}`}
            onClick={() => go(withQuery({ report: name, month }))}
          >
            {title}
          </button>
        ))}
        <Month month={month} />
      </nav>
      <OfMonth key={`${report.name} ${month}`} report={report} month={month} />
    </>
  );
}

function Month({ month }: { readonly month: string }) {
  const show = (chosen: string) => go(withQuery({ month: chosen }));
  return (
    <span className="report-month">
      <button
        type="button"
        className="act"
        aria-label="Предыдущий месяц"
        onClick={() => show(monthAfter(month, -1))}
      >
        ←
      </button>
      <input
        type="month"
        aria-label="Месяц"
        value={month}
        onChange={({ currentTarget: { value } }) => {
          if (/^\d{4}-\d{2}$/.test(value)) show(value);
        }}
      />
      <button
        type="button"
        className="act"
        aria-label="Следующий месяц"
        onClick={() => show(monthAfter(month, 1))}
      >
        →
      </button>
    </span>
  );
}

function OfMonth({ report, month }: { readonly report: Report; readonly month: string }) {
  const path = `/api/reports/${report.name}`;
  const answer = useAnswer<ReportAnswer>(`${path}?month=${month}`);
  return (
    <Panel
      title={`${report.title}, ${monthText(month)}`}
      aside={
        <a className="act" href={`${path}/csv?month=${month}`} download>
          Скачать CSV
        </a>
      }
    >
      <Await of={answer}>
        {(beginning) => <ReportTable columns={report.columns} beginning={beginning} />}
      </Await>
    </Panel>
  );
}

function useKeys(reports: readonly Report[], month: string): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.altKey || event.ctrlKey) return;
      // The table scrolls sideways by the same keys while it has the focus.
      const inTable = event.target instanceof Element && event.target.closest(".scroll") !== null;
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step !== 0 && !inTable) go(withQuery({ month: monthAfter(month, step) }));
      const chosen = /^[1-9]$/.test(event.key) ? reports[Number(event.key) - 1] : undefined;
      if (chosen !== undefined) go(withQuery({ report: chosen.name, month }));
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [reports, month]);
}
