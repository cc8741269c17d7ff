import { OUTCOME_NAMES, RECEIPT_NAMES } from "../../../http/names.ts";
import type { CheckedAnswer } from "../../../http/schemas/check-file.ts";
import { russianNumber } from "../../format.ts";
import { Panel } from "../panel.tsx";
import { ProblemTable } from "./problem-table.tsx";
import { SumTable } from "./sum-table.tsx";
import type { Against } from "./use-check.ts";

type Outcome = CheckedAnswer["outcome"];

const VERDICTS: Readonly<Record<Outcome, string>> = {
  accepted: "Файл будет принят",
  partial: "Файл будет принят частично",
  rejected: "Файл будет отклонён",
  quarantined: "Файл попадёт в карантин",
};
const MEANINGS: Readonly<Record<Outcome, string>> = {
  accepted: "Ни одна запись не отклонена.",
  partial: "Отклонённое данными не станет, остальное станет.",
  rejected: "Данными не станет ничего. Исправьте причины и отправьте снова.",
  quarantined: "Файл сохранится, но данными не станет, пока не устранена причина.",
};

const HELD_BACK =
  "Ни одна запись не отклонена, но то, о чём красные замечания, данными сразу не станет.";

interface Props {
  readonly checked: CheckedAnswer;
  readonly against: Against;
}

/** What would become of the file, why, and what it sums to. */
export function Result({ checked, against }: Props) {
  const { problems, sums, entries } = checked;
  return (
    <>
      <Verdict checked={checked} against={against} />
      {entries !== undefined && entries.length > 1 && <Entries entries={entries} />}
      {problems.length > 0 && <ProblemTable problems={problems} source={checked.source} />}
      {sums.length > 0 && <SumTable sums={sums} />}
    </>
  );
}

function Verdict({ checked, against }: Props) {
  const { outcome, records, receipt, problems, sha256 } = checked;
  const remarks = outcome === "accepted" && problems.length > 0 ? ", есть замечания" : "";
  const heldBack = outcome === "accepted" && problems.some(({ harmless }) => !harmless);
  return (
    <div className={`verdict-box ${heldBack ? "held-back" : outcome}`} role="status">
      <div>
        <h2>
          {VERDICTS[outcome]}
          {remarks}
        </h2>
        <p>
          {heldBack ? HELD_BACK : MEANINGS[outcome]} {records.waiting > 0 && waitingText(against)}
        </p>
        <p className="muted small">
          {receipt !== null && `Ответ отправителю: ${receipt}, ${RECEIPT_NAMES[receipt]} · `}
          SHA-256 <span className="hash">{sha256}</span>
        </p>
      </div>
      <dl className="counts">
        <Count name="принято" count={records.accepted} />
        <Count name="с замечанием" count={records.warned} />
        <Count name="ждёт" count={records.waiting} />
        <Count name="отклонено" count={records.rejected} />
      </dl>
    </div>
  );
}

function waitingText(against: Against): string {
  return against === "store"
    ? "Записи, которые ждут, возьмутся сами, когда их точки и счета привяжут."
    : "Точки, счета и отправитель не сверялись: такие записи значатся ждущими.";
}

function Count({ name, count }: { readonly name: string; readonly count: number }) {
  return (
    <div className={count === 0 ? "none" : ""}>
      <dt>{name}</dt>
      <dd>{russianNumber(String(count))}</dd>
    </div>
  );
}

function Entries({ entries }: { readonly entries: NonNullable<CheckedAnswer["entries"]> }) {
  return (
    <Panel title={`Файлы архива, ${entries.length}`}>
      <div className="scroll tall">
        <table className="grid checked">
          <thead>
            <tr>
              <th>Файл</th>
              <th>Итог</th>
              <th className="figure">Записей</th>
              <th className="figure">Отклонено</th>
              <th className="figure">Замечаний</th>
            </tr>
          </thead>
          <tbody>
            {entries.map(({ file, outcome, records, problems }) => (
              <tr key={file}>
                <td>{file}</td>
                <td className={outcome}>{OUTCOME_NAMES[outcome]}</td>
                <td className="figure">
                  {records.accepted + records.warned + records.waiting + records.rejected}
                </td>
                <td className="figure">{records.rejected}</td>
                <td className="figure">{problems.length}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
