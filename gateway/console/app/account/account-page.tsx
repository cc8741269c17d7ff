import { useEffect, useMemo } from "react";
import type {
  AccountCardAnswer,
  BalanceAnswer,
  ChargesAnswer,
  ReadingsAnswer,
  TimelineEventAnswer,
} from "../../../http/schemas/accounts.ts";
import type { MeAnswer } from "../../../http/schemas/sessions.ts";
import type { Loaded } from "../api.ts";
import { useAnswer } from "../api.ts";
import { Await } from "../panel.tsx";
import { rememberNumber } from "../recent.ts";
import { AccountRefunds } from "../refunds/refund-panels.tsx";
import { usePlace } from "../router.ts";
import { ConsumptionChart } from "./consumption-chart.tsx";
import { Documents } from "./documents.tsx";
import { AccountDrawer } from "./drawer.tsx";
import { AccountHeader } from "./header.tsx";
import { Lines } from "./lines.tsx";
import { Load } from "./load.tsx";
import { Months } from "./months.tsx";
import { Payments } from "./payments.tsx";
import { Readings } from "./readings.tsx";
import { Tabs } from "./tabs.tsx";
import { Timeline } from "./timeline.tsx";
import type { MonthRow } from "./view.ts";
import { bytesOf, chooseMonth, lineKey, monthRows, show, shownOf, tabOf } from "./view.ts";
import "./account.css";

/** Roles that may see a name in full; the hub checks it again. */
const REVEAL_ROLES: readonly MeAnswer["role"][] = ["clerk", "cashier", "lawyer", "supervisor"];

interface Props {
  readonly number: string;
  readonly role: MeAnswer["role"];
}

/** All of one account: who, what was measured, charged and paid, and why. */
export function AccountPage({ number, role }: Props) {
  const base = `/api/accounts/${encodeURIComponent(number)}`;
  const card = useAnswer<AccountCardAnswer>(base);
  const known = card.state === "ready";
  const charges = useAnswer<ChargesAnswer>(known ? `${base}/charges` : null);
  const balance = useAnswer<BalanceAnswer>(known ? `${base}/balance` : null);
  const readings = useAnswer<ReadingsAnswer>(known ? `${base}/readings` : null);
  const timeline = useAnswer<{ events: TimelineEventAnswer[] }>(known ? `${base}/timeline` : null);
  const money = useMemo(() => together(charges, balance), [charges, balance]);
  const rows = money.state === "ready" ? money.answer.rows : [];
  const { query } = usePlace();
  const tab = tabOf(query);
  const month = query.get("month") ?? rows[0]?.month ?? "";
  useEffect(() => {
    document.title = `${number} — энергохаб`;
    if (known) rememberNumber(number);
  }, [number, known]);
  useMonthKeys(
    rows,
    month,
    tab !== null || query.has("line") || query.has("show") || query.has("bytes"),
  );
  const mayReveal = REVEAL_ROLES.includes(role);
  return (
    <main className="account">
      <Await of={card}>
        {(answer) => (
          <>
            <AccountHeader card={answer} balance={balance} mayReveal={mayReveal} />
            <Tabs tab={tab} household={answer.contract === null} />
            {tab === "payments" && <Payments base={base} />}
            {tab === "payments" && <AccountRefunds base={base} role={role} />}
            {tab === "documents" && <Documents base={base} month={query.get("month")} />}
            <div className="columns" hidden={tab !== null}>
              <div>
                <Await of={money}>{() => <Months rows={rows} month={month} />}</Await>
                {charges.state === "ready" && readings.state === "ready" && (
                  <ConsumptionChart
                    charges={charges.answer}
                    readings={readings.answer}
                    month={month}
                  />
                )}
                {answer.contract === null ? (
                  <Await of={readings}>{(all) => <Readings readings={all} />}</Await>
                ) : (
                  month !== "" && (
                    <Load
                      number={number}
                      month={month}
                      billedVolume={linesOf(rows, month).charges?.volume ?? null}
                    />
                  )
                )}
              </div>
              <div>
                <Await of={money}>
                  {() => month !== "" && <Lines {...linesOf(rows, month)} />}
                </Await>
                <Await of={timeline}>{({ events }) => <Timeline events={events} />}</Await>
              </div>
            </div>
            <AccountDrawer
              number={number}
              row={rows.find((row) => row.month === month) ?? null}
              before={rows.find((row) => row.month < month && row.balance !== null) ?? null}
              month={month}
              shown={shownOf(query)}
              bytes={bytesOf(query)}
              mayReveal={mayReveal}
            />
          </>
        )}
      </Await>
    </main>
  );
}

function linesOf(rows: readonly MonthRow[], month: string) {
  return { month, charges: rows.find((row) => row.month === month)?.charges ?? null };
}

/** The table of months needs both answers. */
function together(
  charges: Loaded<ChargesAnswer>,
  balance: Loaded<BalanceAnswer>,
): Loaded<{ readonly rows: readonly MonthRow[] }> {
  if (charges.state === "failed") return charges;
  if (balance.state === "failed") return balance;
  if (charges.state === "loading" || balance.state === "loading") return { state: "loading" };
  return { state: "ready", answer: { rows: monthRows(charges.answer, balance.answer) } };
}

/**
 * ← the earlier month, → the later one, Enter why; unless a drawer is open or a control has the
 * focus.
 */
function useMonthKeys(rows: readonly MonthRow[], month: string, drawerOpen: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement;
      if (typing || drawerOpen || event.altKey || event.ctrlKey) return;
      const place = rows.findIndex((row) => row.month === month);
      const lines = rows[place]?.charges?.lines ?? [];
      const [first] = lines;
      if (event.key === "Enter" && event.target === document.body && first !== undefined) {
        show(month, { kind: "line", line: lineKey(first, lines) });
      }
      const step = event.key === "ArrowLeft" ? 1 : event.key === "ArrowRight" ? -1 : 0;
      if (step === 0) return;
      const next = rows[place + step];
      if (next !== undefined) chooseMonth(next.month);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [rows, month, drawerOpen]);
}
