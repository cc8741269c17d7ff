import { TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useMemo, useState } from "react";
import { russianNumber } from "../../format.ts";
import { Panel } from "../panel.tsx";

/** More rows than a person reads, few enough to be drawn at once. */
const ROWS_MAX = 500;
/** With fewer rows a search is only in the way. */
const SEARCHED_FROM = 10;

interface Props<Row> {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Everything in a row that a person may look for. */
  readonly textOf: (row: Row) => string;
  /** What many rows may have in common: shown with counts, a click leaves only them. */
  readonly groupOf?: (row: Row) => string;
  readonly children: (shown: readonly Row[]) => ReactNode;
}

/** A panel with a table of many rows: search, the first ones, and how many there are. */
export function SearchedPanel<Row>({ title, rows, textOf, groupOf, children }: Props<Row>) {
  const [text, setText] = useState("");
  const groups = useMemo(
    () => (groupOf === undefined ? [] : countsOf(rows, groupOf)),
    [rows, groupOf],
  );
  const wanted = text.trim().toLowerCase();
  const found =
    wanted === "" ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
  const all = russianNumber(String(rows.length));
  const count = wanted === "" ? all : `${russianNumber(String(found.length))} из ${all}`;
  const search = (
    <TextInput
      size="xs"
      aria-label={`Поиск: ${title}`}
      placeholder="Поиск"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      spellCheck={false}
    />
  );
  return (
    <Panel title={`${title}, ${count}`} aside={rows.length >= SEARCHED_FROM && search}>
      {groups.length > 1 && (
        <div className="groups">
          {groups.map(([group, count]) => (
            <button
              key={group}
              type="button"
              className="link"
              aria-pressed={text === group}
              onClick={() => setText(text === group ? "" : group)}
            >
              {group} {russianNumber(String(count))}
            </button>
          ))}
        </div>
      )}
      <div className="scroll tall">{children(found.slice(0, ROWS_MAX))}</div>
      {found.length === 0 && <p className="muted">Ничего не найдено.</p>}
      {found.length > ROWS_MAX && (
        <p className="muted small">
          Показаны первые {ROWS_MAX}. Остальные — поиском или командой check-file --json.
        </p>
      )}
    </Panel>
  );
}

/** Groups in the order of their first rows. */
function countsOf<Row>(
  rows: readonly Row[],
  groupOf: (row: Row) => string,
): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(groupOf(row), (counts.get(groupOf(row)) ?? 0) + 1);
  return [...counts];
}
