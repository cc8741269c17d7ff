import { useMemo } from "react";
import type { CheckedAnswer } from "../../../http/schemas/check-file.ts";
import { SearchedPanel } from "./searched-panel.tsx";

type Problem = CheckedAnswer["problems"][number];

/** What a number in the place of a problem counts. */
const PLACE_UNITS: Readonly<Record<string, string>> = {
  bank: "строка",
  "gis-zhkh": "байт",
  pyramida: "байт",
  tabular: "строка",
};

/** Places that are words of the format's reader. */
const PLACE_NAMES: Readonly<Record<string, string>> = { name: "имя файла", archive: "архив" };

interface Props {
  readonly problems: readonly Problem[];
  readonly source: string;
}

/** What is wrong and what to do; remarks stand after what holds data back. */
export function ProblemTable({ problems, source }: Props) {
  const rows = useMemo(
    () => problems.toSorted((left, right) => Number(left.harmless) - Number(right.harmless)),
    [problems],
  );
  return (
    <SearchedPanel
      title="Замечания"
      rows={rows}
      groupOf={codeOf}
      textOf={({ code, at, object, text }) => `${code} ${at} ${object ?? ""} ${text}`}
    >
      {(shown) => (
        <table className="grid checked problems">
          <thead>
            <tr>
              <th>Код</th>
              <th>Место</th>
              <th>Объект</th>
              <th>Что не так</th>
              <th>Что делать</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((problem, index) => (
              // One place may have the same code twice, and the list never changes in place.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above
              <tr key={index} className={problem.harmless ? "remark" : "harm"}>
                <td>
                  <code>{problem.code}</code>
                </td>
                <td>
                  <Place at={problem.at} source={source} />
                </td>
                <td>{problem.object}</td>
                <td>{problem.text}</td>
                <td>{problem.remedy}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </SearchedPanel>
  );
}

function codeOf({ code }: Problem): string {
  return code;
}

function placeText(place: string, unit: string | undefined): string {
  if (unit !== undefined && /^\d+$/.test(place)) return `${unit} ${place}`;
  return PLACE_NAMES[place] ?? place;
}

/** "379", "message/sender/inn", or the same in a file of an archive: "name!379". */
function Place({ at, source }: { readonly at: string; readonly source: string }) {
  const cut = at.lastIndexOf("!");
  return (
    <>
      {cut > 0 && <span className="muted small in-file">{at.slice(0, cut)}</span>}
      {placeText(at.slice(cut + 1), PLACE_UNITS[source])}
    </>
  );
}
