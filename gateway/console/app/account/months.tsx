import { monthText, volumeText } from "../../format.ts";
import { Panel } from "../panel.tsx";
import { Money } from "./money.tsx";
import type { MonthRow } from "./view.ts";
import { chooseMonth, show } from "./view.ts";

interface Props {
  readonly rows: readonly MonthRow[];
  readonly month: string;
}

/**
 * Charges and the movement of the balance, a month a row; the chosen month fills the panel of
 * lines.
 */
export function Months({ rows, month }: Props) {
  const more = {
    costs: rows.some(({ balance }) => (balance?.costs ?? 0) !== 0),
    writtenOff: rows.some(({ balance }) => (balance?.writtenOff ?? 0) !== 0),
  };
  return (
    <Panel
      title="По месяцам"
      aside={
        <span className="muted small">← → месяц · Enter или щелчок по сумме — почему столько</span>
      }
    >
      <div className="scroll">
        <table className="grid months">
          <thead>
            <tr>
              <th>Месяц</th>
              <th>Расход, кВт·ч</th>
              <th>Начислено, ₽</th>
              <th>в т. ч. перерасчёт</th>
              <th>Пени</th>
              {more.costs && <th>Издержки</th>}
              <th>Оплачено</th>
              {more.writtenOff && <th>Списано</th>}
              <th>Сальдо на конец</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <MonthLine key={row.month} row={row} chosen={row.month === month} more={more} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p className="muted">Начислений и оплат ещё нет.</p>}
    </Panel>
  );
}

interface MonthLineProps {
  readonly row: MonthRow;
  readonly chosen: boolean;
  /** Columns that few accounts have. */
  readonly more: { readonly costs: boolean; readonly writtenOff: boolean };
}

function MonthLine({ row, chosen, more }: MonthLineProps) {
  const { month, charges, balance } = row;
  const name = monthText(month);
  const total = () => show(month, { kind: "total" });
  const movement = () => show(month, { kind: "balance" });
  const recalculated = charges?.recalculated ?? 0;
  const penalty = balance?.penalty ?? 0;
  const costs = balance?.costs ?? 0;
  const paid = balance?.paid ?? 0;
  const writtenOff = balance?.writtenOff ?? 0;
  return (
    // The month's name is the button for the keyboard; the row only widens its target.
    <tr aria-selected={chosen} onClick={() => chooseMonth(month)}>
      <td>
        <button type="button" className="plain" onClick={() => chooseMonth(month)}>
          {name}
        </button>
      </td>
      <td>{charges === null || charges.lines.length === 0 ? "" : volumeText(charges.volume)}</td>
      <td>
        {charges !== null && charges.lines.length === 0 && <span className="refusal">нет</span>}
        {charges !== null && charges.lines.length > 0 && (
          <Money kopecks={charges.amount} why={`Начислено за ${name}`} onExplain={total} />
        )}
      </td>
      <td>
        {recalculated !== 0 && (
          <Money kopecks={recalculated} why={`Перерасчёт в счёте за ${name}`} onExplain={total} />
        )}
      </td>
      <td>
        {penalty !== 0 && <Money kopecks={penalty} why={`Пени за ${name}`} onExplain={movement} />}
      </td>
      {more.costs && (
        <td>
          {costs !== 0 && (
            <Money kopecks={costs} why={`Судебные издержки в ${name}`} onExplain={movement} />
          )}
        </td>
      )}
      <td>
        {paid !== 0 && <Money kopecks={-paid} why={`Оплачено в ${name}`} onExplain={movement} />}
      </td>
      {more.writtenOff && (
        <td>
          {writtenOff !== 0 && (
            <Money kopecks={-writtenOff} why={`Списано в ${name}`} onExplain={movement} />
          )}
        </td>
      )}
      <td>
        {balance !== null && (
          <Money kopecks={balance.closing} why={`Сальдо на конец: ${name}`} onExplain={movement} />
        )}
      </td>
    </tr>
  );
}
