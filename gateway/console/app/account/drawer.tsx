import { Drawer } from "@mantine/core";
import type { ExplanationAnswer } from "../../../http/schemas/accounts.ts";
import { dayText, monthText } from "../../format.ts";
import { useAnswer } from "../api.ts";
import { Await } from "../panel.tsx";
import { LineExplanation } from "./explanation.tsx";
import { lineName } from "./lines.tsx";
import { MessageBytes } from "./message-bytes.tsx";
import { Money } from "./money.tsx";
import type { BytesPlace, MonthRow, Shown } from "./view.ts";
import { hide, lineKey, show, showBytes } from "./view.ts";

interface Props {
  readonly number: string;
  readonly row: MonthRow | null;
  /** The month before, whose closing is the opening of this one. */
  readonly before: MonthRow | null;
  readonly month: string;
  readonly shown: Shown | null;
  readonly bytes: BytesPlace | null;
  readonly mayReveal: boolean;
}

/** The answer to «почему столько», beside the page that asked. */
export function AccountDrawer({ number, row, before, month, shown, bytes, mayReveal }: Props) {
  const open = shown !== null || bytes !== null;
  return (
    <Drawer
      opened={open}
      onClose={hide}
      position="right"
      size={680}
      title={titleOf(shown, month)}
      // The page stays in use: another sum is one click away.
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      shadow="xl"
      transitionProps={{ duration: 90 }}
      closeButtonProps={{ "aria-label": "Закрыть" }}
    >
      {shown?.kind === "line" && (
        <Explained {...{ number, month, line: shown.line, bytes, mayReveal }} />
      )}
      {shown?.kind === "total" && <Total row={row} month={month} />}
      {shown?.kind === "balance" && <Movement row={row} before={before} month={month} />}
      {shown === null && bytes !== null && (
        <MessageBytes place={bytes} account={number} mayReveal={mayReveal} />
      )}
    </Drawer>
  );
}

function titleOf(shown: Shown | null, month: string): string {
  if (shown === null) return "Сообщение, из которого взято значение";
  if (shown.kind === "balance") return `Движение сальдо, ${monthText(month)}`;
  return `Почему столько, ${monthText(month)}`;
}

interface ExplainedProps extends Omit<Props, "row" | "before" | "shown"> {
  readonly line: string;
}

function Explained({ number, month, line, bytes, mayReveal }: ExplainedProps) {
  const path = `/api/accounts/${encodeURIComponent(number)}/explain?month=${month}`;
  const explanation = useAnswer<ExplanationAnswer>(path);
  return (
    <Await of={explanation}>
      {(answer) => (
        <LineExplanation explanation={answer} {...{ line, bytes, mayReveal, account: number }} />
      )}
    </Await>
  );
}

/** A total is the sum of its rounded lines, nothing else. */
function Total({ row, month }: { readonly row: MonthRow | null; readonly month: string }) {
  const lines = row?.charges?.lines ?? [];
  return (
    <>
      <p className="muted">Итог — сумма округлённых строк; у каждой строки своё объяснение.</p>
      <table className="grid">
        <tbody>
          {lines.map((line) => {
            const key = lineKey(line, lines);
            return (
              <tr key={key}>
                <td>{lineName(line)}</td>
                <td>
                  <Money
                    kopecks={line.amount}
                    why={lineName(line)}
                    onExplain={() => show(month, { kind: "line", line: key })}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <td>Начислено за {monthText(month)}</td>
            <td>
              <Money kopecks={row?.charges?.amount ?? 0} why="" onExplain={null} />
            </td>
          </tr>
        </tfoot>
      </table>
    </>
  );
}

const ENTRY_NAMES = {
  OPENING: "Входящее сальдо",
  CHARGE: "Начислено",
  CORRECTION: "Перерасчёт",
  PAYMENT: "Оплата",
  REVERSAL: "Отмена оплаты",
  PENALTY: "Пени",
  REFUND: "Возврат аванса",
  COURT_COSTS: "Госпошлина и издержки",
  WRITE_OFF: "Списание долга",
  PENALTY_WRITE_OFF: "Списание пеней",
  COURT_COSTS_WRITE_OFF: "Списание издержек",
} as const;

function Movement({ row, before, month }: Pick<Props, "row" | "before" | "month">) {
  const balance = row?.balance ?? null;
  if (balance === null) return <p className="muted">За {monthText(month)} проводок нет.</p>;
  const opening = balance.entries.reduce((total, { amount }) => total - amount, balance.closing);
  const earlier = before?.balance ?? null;
  return (
    <table className="grid">
      <tbody>
        <tr>
          <td>Сальдо на начало</td>
          <td />
          <td>
            <Money
              kopecks={opening}
              why="Сальдо на конец прошлого месяца"
              onExplain={earlier === null ? null : () => show(earlier.period, { kind: "balance" })}
            />
          </td>
        </tr>
        {balance.entries.map(({ kind, valueDay, origin, amount, source }, index) => (
          // Entries have no key of their own, and their order does not change.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <tr key={index}>
            <td>
              {ENTRY_NAMES[kind]}
              {origin !== null && origin !== month && ` за ${monthText(origin)}`}
            </td>
            <td>{dayText(valueDay)}</td>
            <td>
              <Money
                kopecks={amount}
                why={ENTRY_NAMES[kind]}
                onExplain={
                  source !== null
                    ? () => showBytes(source, "page")
                    : kind === "PENALTY"
                      ? null
                      : () => show(month, { kind: "total" })
                }
              />
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>Сальдо на конец</td>
          <td />
          <td>
            <Money kopecks={balance.closing} why="" onExplain={null} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
