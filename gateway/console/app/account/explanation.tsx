import { useEffect } from "react";
import type {
  ChargeLineAnswer,
  ExplainedStepAnswer,
  ExplanationAnswer,
} from "../../../http/schemas/accounts.ts";
import { moneyText, monthText, priceText, volumeText } from "../../format.ts";
import { lineName } from "./lines.tsx";
import { MessageBytes } from "./message-bytes.tsx";
import type { BytesPlace } from "./view.ts";
import { findLine, hideBytes, lineKey, show, showBytes } from "./view.ts";

interface Props {
  readonly explanation: ExplanationAnswer;
  readonly line: string;
  readonly bytes: BytesPlace | null;
  readonly account: string;
  readonly mayReveal: boolean;
}

/** Why one line is what it is: every step with clause, formula and rounding, down to the bytes. */
export function LineExplanation({ explanation, line, ...rest }: Props) {
  const { month, lines, shared } = explanation;
  const place = findLine(line, lines);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const next = lines[place + step];
      if (step === 0 || next === undefined) return;
      event.preventDefault();
      show(month, { kind: "line", line: lineKey(next, lines) });
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [month, lines, place]);
  const explained = lines[place];
  if (explained === undefined) {
    return (
      <p className="muted">
        В счёте за {monthText(month)} нет строки {line}.
      </p>
    );
  }
  return (
    <>
      <LineSummary line={explained} equal={explained.equal} />
      {shared.length > 0 && (
        <Steps title="Общее для строк счёта" steps={shared} first={1} {...rest} />
      )}
      <Steps
        title={shared.length > 0 ? "Эта строка" : "Шаги расчёта"}
        steps={explained.steps}
        first={shared.length + 1}
        {...rest}
      />
      <nav className="drawer-nav">
        <span className="muted small">
          строка {place + 1} из {lines.length} · ↑ ↓ соседние · Esc закрыть
        </span>
      </nav>
    </>
  );
}

function LineSummary({
  line,
  equal,
}: {
  readonly line: ChargeLineAnswer;
  readonly equal: boolean;
}) {
  return (
    <div className="line-summary">
      <p>
        <b>{lineName(line)}</b>
        <span className="muted"> · {monthText(line.period)}</span>
      </p>
      <p className="product">
        {volumeText(line.volume)} кВт·ч
        {line.price !== null && ` × ${priceText(line.price)} ₽`}
        {line.vat !== null && ` + НДС ${moneyText(line.vat)} ₽`}
        {" = "}
        <b>{moneyText(line.amount)} ₽</b>
      </p>
      <p className={equal ? "verdict good" : "verdict bad"} role="status">
        {equal
          ? "✓ Повторный расчёт дал ту же сумму"
          : "✗ Повторный расчёт дал другую сумму: сообщите разработчику"}
        <span className="muted">
          {" "}
          правило {line.rule}, версия {line.ruleVersion}, расчёт {line.run}
        </span>
      </p>
    </div>
  );
}

interface StepsProps extends Omit<Props, "explanation" | "line"> {
  readonly title: string;
  readonly steps: readonly ExplainedStepAnswer[];
  /** Number of the first step. */
  readonly first: number;
}

function Steps({ title, steps, first, ...rest }: StepsProps) {
  return (
    <section className="steps" aria-label={title}>
      <h3>{title}</h3>
      <ol start={first}>
        {steps.map((step, index) => (
          // Steps are a fixed list in the order of the arithmetic.
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          <Step key={index} step={step} {...rest} />
        ))}
      </ol>
    </section>
  );
}

interface StepProps extends Omit<StepsProps, "title" | "steps" | "first"> {
  readonly step: ExplainedStepAnswer;
}

function Step({ step, bytes, account, mayReveal }: StepProps) {
  return (
    <li>
      <p className="step-text">{step.text}</p>
      <p className="step-formula">
        {step.formula} = <b>{step.result}</b>
      </p>
      {step.rounding !== null && <p className="step-rounding">округление: {step.rounding}</p>}
      <p className="muted small">{step.clause}</p>
      <Sources sources={step.sources} {...{ bytes, account, mayReveal }} />
    </li>
  );
}

/** More than these stand side by side: the days of a month would push the sum off the screen. */
const SOURCES_IN_COLUMN_MAX = 4;

interface SourcesProps extends Omit<StepProps, "step"> {
  readonly sources: ExplainedStepAnswer["sources"];
}

function Sources({ sources, bytes, account, mayReveal }: SourcesProps) {
  const opened = sources.find(
    ({ origin }) => bytes?.message === origin.message && bytes.at === origin.at,
  );
  const many = sources.length > SOURCES_IN_COLUMN_MAX;
  const [first] = sources;
  // Days of a month differ only in the message that brought them.
  const alike = many && sources.every(({ text }) => text === first?.text);
  const prefix = alike ? commonPrefix(sources.map(({ message }) => message ?? "")) : "";
  return (
    <>
      {alike && <p className="muted small">{first?.text}, по сообщениям:</p>}
      <div className={many ? "sources many" : "sources"}>
        {sources.map((source, index) => (
          <button
            // The same place may stand in a step twice.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            key={index}
            type="button"
            className="link"
            aria-expanded={source === opened}
            title={source.message ?? `сообщение ${source.origin.message}`}
            onClick={() =>
              source === opened ? hideBytes() : showBytes(source.origin, "explanation")
            }
          >
            {source === opened ? "▾" : "▸"}{" "}
            {alike ? (source.message?.slice(prefix.length) ?? source.origin.message) : source.text}
          </button>
        ))}
      </div>
      {opened !== undefined && (
        <MessageBytes place={opened.origin} account={account} mayReveal={mayReveal} />
      )}
    </>
  );
}

/** What all names begin with, up to a «_»: a part of a date or number is not cut. */
function commonPrefix(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let length = first.length;
  for (const name of others) {
    while (!name.startsWith(first.slice(0, length))) length -= 1;
  }
  return first.slice(0, first.lastIndexOf("_", length - 1) + 1);
}
