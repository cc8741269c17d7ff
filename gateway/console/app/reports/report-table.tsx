import type { ReportAnswer, ReportColumn } from "../../../http/schemas/reports.ts";
import { russianNumber } from "../../format.ts";
import { InnerLink } from "../inner-link.tsx";
import { accountAddress } from "../router.ts";
import { cellText, UNIT_NAMES } from "./view.ts";

interface Props {
  readonly columns: readonly ReportColumn[];
  readonly beginning: ReportAnswer;
}

/** Rows with their totals; a number of an account opens it. */
export function ReportTable({ columns, beginning }: Props) {
  const { rows, truncated, totals } = beginning;
  if (rows.length === 0) return <p className="muted">За этот месяц строк нет.</p>;
  const place = ({ unit }: ReportColumn) => (unit === "text" ? "word" : "");
  return (
    <>
      {truncated && (
        <p className="held remark">
          Показаны первые {russianNumber(String(rows.length))} строк без итогов. Все строки и итоги
          — в CSV.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by the keyboard */}
      <section className="scroll" tabIndex={0} aria-label="Строки отчёта">
        <table className="grid report">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.key} className={place(column)}>
                  {column.title}
                  {UNIT_NAMES[column.unit]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a month do not move
              <tr key={index}>
                {columns.map((column, at) => (
                  <td key={column.key} className={place(column)}>
                    <Cell column={column} cell={row[at] ?? null} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
          {totals !== null && (
            <tfoot>
              <tr>
                {columns.map((column, at) => (
                  <td key={column.key} className={place(column)}>
                    {at === 0 ? "Итого" : cellText(column, totals[at] ?? null)}
                  </td>
                ))}
              </tr>
            </tfoot>
          )}
        </table>
      </section>
    </>
  );
}

interface CellProps {
  readonly column: ReportColumn;
  readonly cell: string | number | null;
}

function Cell({ column, cell }: CellProps) {
  if (column.key !== "number" || typeof cell !== "string") return cellText(column, cell);
  return (
    <InnerLink className="number" href={accountAddress(cell)}>
      {cell}
    </InnerLink>
  );
}
