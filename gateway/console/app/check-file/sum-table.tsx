import { CHANNEL_NAMES, INTERVAL_UNIT_NAMES } from "../../../http/names.ts";
import type { CheckedAnswer } from "../../../http/schemas/check-file.ts";
import { russianNumber } from "../../format.ts";
import { SearchedPanel } from "./searched-panel.tsx";

interface Props {
  readonly sums: CheckedAnswer["sums"];
}

/** What each channel of each point sums to, to compare with the sender's own figures. */
export function SumTable({ sums }: Props) {
  const ofArchive = sums.some(({ file }) => file !== undefined);
  return (
    <SearchedPanel
      title="Суммы по точкам и каналам"
      rows={sums}
      textOf={({ key, file }) => `${key} ${file ?? ""}`}
    >
      {(shown) => (
        <table className="grid checked sums">
          <thead>
            <tr>
              {ofArchive && <th>Файл</th>}
              <th>Точка</th>
              <th>Канал</th>
              <th className="figure">Значений</th>
              <th className="figure">Сумма</th>
              <th>Единица</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ key, file, count, total, unit }) => {
              const [point, channel] = splitKey(key);
              return (
                <tr key={`${file ?? ""}/${key}`}>
                  {ofArchive && <td>{file}</td>}
                  <td>{point}</td>
                  <td>
                    {channel}
                    <span className="muted"> {CHANNEL_NAMES[channel]}</span>
                  </td>
                  <td className="figure">{russianNumber(String(count))}</td>
                  <td className="figure">
                    <b>{russianNumber(total)}</b>
                  </td>
                  <td>{INTERVAL_UNIT_NAMES[unit] ?? unit}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </SearchedPanel>
  );
}

/** "point/channel": a channel has no slash, a point may. */
function splitKey(key: string): readonly [string, string] {
  const cut = key.lastIndexOf("/");
  return [key.slice(0, cut), key.slice(cut + 1)];
}
