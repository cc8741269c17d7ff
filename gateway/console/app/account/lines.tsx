import { LINE_NAMES, ZONE_NAMES } from "../../../http/names.ts";
import type { ChargeLineAnswer, ChargesAnswer } from "../../../http/schemas/accounts.ts";
import { monthText, priceText, volumeText } from "../../format.ts";
import { Panel } from "../panel.tsx";
import { Money } from "./money.tsx";
import { lineKey, show } from "./view.ts";

/** "По прибору учёта · день", with the month that a difference line corrects. */
export function lineName(line: ChargeLineAnswer): string {
  const zone = line.zone === "T0" ? "" : ` · ${ZONE_NAMES[line.zone]}`;
  const range = line.range === 1 ? "" : ` · диапазон ${line.range}`;
  const corrected = line.origin === line.period ? "" : ` · перерасчёт за ${monthText(line.origin)}`;
  return LINE_NAMES[line.kind] + zone + range + corrected;
}

interface Props {
  readonly month: string;
  readonly charges: ChargesAnswer["months"][number] | null;
}

function headOf(harmless: boolean, lines: number): string {
  if (harmless) return "Обратите внимание";
  return lines === 0 ? "Не начислено" : "Начислено не всё";
}

/** Lines of the chosen month. */
export function Lines({ month, charges }: Props) {
  const lines = charges?.lines ?? [];
  const withVat = lines.some(({ vat }) => vat !== null);
  // A business pays by the hour; a benefit or a manual sum of a household has no price at all.
  const noPrice = withVat ? "по часам" : "—";
  return (
    <Panel title={`Строки счёта за ${monthText(month)}`}>
      {charges?.problems.map((problem) => (
        <p
          key={`${problem.code}/${problem.at}`}
          className={problem.harmless ? "held remark" : "held"}
        >
          <b>{headOf(problem.harmless, lines.length)}:</b> {problem.text}. {problem.remedy}.{" "}
          <code title="Код для поиска и обращения к разработчику">{problem.code}</code>
        </p>
      ))}
      {lines.length === 0 ? (
        charges === null && <p className="muted">За этот месяц начислений нет.</p>
      ) : (
        <table className="grid lines">
          <thead>
            <tr>
              <th>Строка</th>
              <th>Объём, кВт·ч</th>
              <th>{withVat ? "Цена без НДС, ₽" : "Цена, ₽"}</th>
              {withVat && <th>в т. ч. НДС</th>}
              <th>Сумма, ₽</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => {
              const key = lineKey(line, lines);
              const explain = () => show(month, { kind: "line", line: key });
              return (
                <tr key={key}>
                  <td>{lineName(line)}</td>
                  <td>{volumeText(line.volume)}</td>
                  <td>{line.price === null ? noPrice : priceText(line.price)}</td>
                  {withVat && (
                    <td>
                      {line.vat !== null && (
                        <Money kopecks={line.vat} why="НДС в строке" onExplain={explain} />
                      )}
                    </td>
                  )}
                  <td>
                    <Money kopecks={line.amount} why={lineName(line)} onExplain={explain} />
                  </td>
                </tr>
              );
            })}
          </tbody>
          <tfoot>
            <tr>
              <td>Итого</td>
              <td>{volumeText(charges?.volume ?? 0)}</td>
              <td />
              {withVat && <td />}
              <td>
                <Money
                  kopecks={charges?.amount ?? 0}
                  why="Сумма строк"
                  onExplain={() => show(month, { kind: "total" })}
                />
              </td>
            </tr>
          </tfoot>
        </table>
      )}
    </Panel>
  );
}
