import { useEffect, useState } from "react";
import type { RunRow, RunsAnswer } from "../../../http/schemas/runs.ts";
import { monthText, russianNumber } from "../../format.ts";
import { failureOf, post, useLiveAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { lastMonth } from "../reports/view.ts";
import { go, usePlace, withQuery } from "../router.ts";
import { RunDetails } from "./run-details.tsx";
import { SCOPE_NAMES, scopeText, stateText } from "./view.ts";
import "./runs.css";

interface Props {
  readonly mayApprove: boolean;
  readonly login: string;
}

/** Billing runs: the list on top, the chosen one below; ↑ ↓ go along the list. */
export function RunsPage({ mayApprove, login }: Props) {
  const { query } = usePlace();
  const [round, setRound] = useState(0);
  const runs = useLiveAnswer<RunsAnswer>("/api/runs", round);
  useEffect(() => {
    document.title = "Расчёты — энергохаб";
  }, []);
  const onChanged = () => setRound((before) => before + 1);
  const known = runs.state === "ready" ? runs.answer.runs : [];
  const asked = Number(query.get("run"));
  const chosen = known.find(({ run }) => run === asked) ?? known[0];
  useKeys(known, chosen);
  return (
    <main className="runs">
      <Panel title="Расчёты" aside={<Start onStarted={onChanged} />}>
        <Await of={runs}>
          {({ runs: rows }) =>
            rows.length === 0 ? (
              <p className="muted">Расчётов ещё не было. Выберите месяц и начните первый.</p>
            ) : (
              <RunList rows={rows} chosen={chosen?.run ?? 0} />
            )
          }
        </Await>
      </Panel>
      {chosen !== undefined && (
        <RunDetails
          key={chosen.run}
          {...{ run: chosen.run, round, onChanged, mayApprove, login }}
        />
      )}
    </main>
  );
}

function RunList({ rows, chosen }: { readonly rows: readonly RunRow[]; readonly chosen: number }) {
  return (
    <div className="scroll run-list">
      <table className="grid">
        <thead>
          <tr>
            <th>Месяц</th>
            <th className="word">Кого</th>
            <th className="word">Состояние</th>
            <th>Готово</th>
            <th>Счетов</th>
            <th>Строк</th>
            <th className="word">Начал</th>
            <th>Расчёт</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.run} aria-selected={row.run === chosen} className={`is-${row.state}`}>
              <td>
                <button
                  type="button"
                  className="link"
                  aria-pressed={row.run === chosen}
                  onClick={() => go(withQuery({ run: String(row.run) }))}
                >
                  {monthText(row.month)}
                </button>
              </td>
              <td className="word">{scopeText(row.scope)}</td>
              <td className="word">{stateText(row)}</td>
              <td>
                {row.chunks === 0 ? "" : `${Math.floor((row.chunksDone / row.chunks) * 100)} %`}
              </td>
              <td>{russianNumber(String(row.accounts))}</td>
              <td>{russianNumber(String(row.lines))}</td>
              <td className="word">{row.author}</td>
              <td>{row.run}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Start({ onStarted }: { readonly onStarted: () => void }) {
  const [month, setMonth] = useState(lastMonth());
  const [scope, setScope] = useState("all");
  const [district, setDistrict] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  async function start(): Promise<void> {
    setRefusal(null);
    const whom = scope === "district" ? `district:${district.trim()}` : scope;
    try {
      const { run } = await post<{ run: number }>("/api/runs", { month, scope: whom });
      go(withQuery({ run: String(run) }));
      onStarted();
    } catch (error) {
      const failure = failureOf(error);
      setRefusal(`${failure.message}. ${failure.remedy}`);
    }
  }
  return (
    <form
      className="run-start"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      <input
        type="month"
        aria-label="Месяц расчёта"
        value={month}
        onChange={({ currentTarget: { value } }) => setMonth(value)}
      />
      <select
        aria-label="Кого рассчитать"
        value={scope}
        onChange={({ currentTarget: { value } }) => setScope(value)}
      >
        {Object.entries(SCOPE_NAMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
        <option value="district">район…</option>
      </select>
      {scope === "district" && (
        <input
          aria-label="Район"
          placeholder="Энский"
          required
          value={district}
          onChange={({ currentTarget: { value } }) => setDistrict(value)}
        />
      )}
      <button type="submit" className="act">
        Начать расчёт
      </button>
      {refusal !== null && (
        <span className="refusal" role="alert">
          {refusal}
        </span>
      )}
    </form>
  );
}

function useKeys(rows: readonly RunRow[], chosen: RunRow | undefined): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target } = event;
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const place = rows.findIndex(({ run }) => run === chosen?.run);
      const next = step === 0 ? undefined : rows[place + step];
      if (next === undefined) return;
      event.preventDefault();
      go(withQuery({ run: String(next.run) }), "replace");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [rows, chosen]);
}
