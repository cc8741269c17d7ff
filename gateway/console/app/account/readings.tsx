import { useMemo } from "react";
import { SOURCE_NAMES, ZONE_NAMES } from "../../../http/names.ts";
import type { ReadingsAnswer } from "../../../http/schemas/accounts.ts";
import { dayText, volumeText } from "../../format.ts";
import { Panel } from "../panel.tsx";
import { readingRows } from "./differences.ts";
import { RegisterChart } from "./register-chart.tsx";
import { showBytes } from "./view.ts";

type Meter = ReadingsAnswer["meters"][number];

interface Props {
  readonly readings: ReadingsAnswer;
}

/** Register states with the difference to the one before, and where each came from. */
export function Readings({ readings }: Props) {
  const rows = useMemo(() => readingRows(readings), [readings]);
  return (
    <Panel title="Показания" aside={<MeterList meters={readings.meters} />}>
      <RegisterChart readings={readings} />
      <div className="scroll tall">
        <table className="grid">
          <thead>
            <tr>
              <th>На дату</th>
              <th>Прибор</th>
              <th>Зона</th>
              <th>Показание</th>
              <th>Разность, кВт·ч</th>
              <th>Источник</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ reading, meter, differences }) =>
              reading.values.map((value, index) => {
                const zone = meter?.zones[index] ?? "T0";
                const difference = differences[index] ?? null;
                return (
                  <tr
                    key={`${reading.meter}/${reading.readOn}/${reading.origin.at}/${zone}`}
                    className={`${index > 0 ? "same" : ""} ${reading.inForce ? "" : "replaced"}`}
                  >
                    <td>{index === 0 && dayText(reading.readOn)}</td>
                    <td className="number">{index === 0 && (meter?.serial ?? reading.meter)}</td>
                    <td>{ZONE_NAMES[zone]}</td>
                    <td>{volumeText(value)}</td>
                    <td>{difference === null ? "" : volumeText(difference)}</td>
                    <td>
                      {index === 0 && (
                        <button
                          type="button"
                          className="link"
                          title="Байты сообщения"
                          onClick={() => showBytes(reading.origin, "page")}
                        >
                          {sourceName(reading.source)}
                        </button>
                      )}
                      {index === 0 && !reading.inForce && " заменено"}
                    </td>
                  </tr>
                );
              }),
            )}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p className="muted">Показаний нет.</p>}
    </Panel>
  );
}

function MeterList({ meters }: { readonly meters: readonly Meter[] }) {
  return (
    <span className="muted small">
      {meters
        .map(({ serial, zones, from, to, ratio }) => {
          const names = zones.map((zone) => ZONE_NAMES[zone]).join("/");
          const until = to === null ? "" : ` по ${dayText(to)}`;
          const times = ratio === 1 ? "" : `, Ктт ${ratio}`;
          return `${serial} (${names}${times}) с ${dayText(from)}${until}`;
        })
        .join(" · ")}
    </span>
  );
}

export function sourceName(source: string): string {
  return Object.hasOwn(SOURCE_NAMES, source)
    ? SOURCE_NAMES[source as keyof typeof SOURCE_NAMES]
    : source;
}
