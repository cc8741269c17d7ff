import { useMemo } from "react";
import { SOURCE_NAMES, ZONE_NAMES } from "../../../http/names.ts";
import type { ReadingsAnswer } from "../../../http/schemas.ts";
import { dayText, volumeText } from "../../format.ts";
import { Panel } from "./panel.tsx";
import { RegisterChart } from "./register-chart.tsx";
import { showBytes } from "./view.ts";

type Reading = ReadingsAnswer["readings"][number];
type Meter = ReadingsAnswer["meters"][number];

interface Props {
  readonly readings: ReadingsAnswer;
}

/** Register states with the difference to the one before, and where each came from. */
export function Readings({ readings }: Props) {
  const meters = useMemo(
    () => new Map(readings.meters.map((meter) => [meter.meter, meter])),
    [readings],
  );
  const rows = useMemo(() => rowsOf(readings, meters), [readings, meters]);
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
          return `${serial} (${names}${ratio === 1 ? "" : `, Ктт ${ratio}`}) с ${dayText(from)}${until}`;
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

interface Row {
  readonly reading: Reading;
  readonly meter: Meter | undefined;
  /** With the ratio; null for the first state and where the register turned over or was replaced. */
  readonly differences: readonly (number | null)[];
}

/** Newest first; the difference is to the state in force before it on the same meter. */
function rowsOf(readings: ReadingsAnswer, meters: ReadonlyMap<number, Meter>): readonly Row[] {
  const before = new Map<number, Reading>();
  const rows: Row[] = [];
  for (const reading of readings.readings) {
    const meter = meters.get(reading.meter);
    const last = before.get(reading.meter);
    const differences = reading.values.map((value, index) => {
      const state = last?.values[index];
      if (state === undefined || value < state || last?.readOn === reading.readOn) return null;
      return (value - state) * (meter?.ratio ?? 1);
    });
    rows.push({ reading, meter, differences: reading.inForce ? differences : [] });
    if (reading.inForce) before.set(reading.meter, reading);
  }
  return rows.reverse();
}
