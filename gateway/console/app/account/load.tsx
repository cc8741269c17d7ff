import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { IntervalsAnswer } from "../../../http/schemas/accounts.ts";
import { intervalText, monthText, plural, volumeText } from "../../format.ts";
import { useAnswer } from "../api.ts";
import { Await, Panel } from "../panel.tsx";
import { HeatMap } from "./heat-map.tsx";
import { LoadCurve } from "./load-curve.tsx";

export type IntervalPoint = IntervalsAnswer["points"][number];

const VIEWS = [
  { value: "map", label: "Карта" },
  { value: "curve", label: "График" },
];

interface Props {
  readonly number: string;
  readonly month: string;
  /** Volume of the month's bill, 10⁻⁴ kWh; null = not billed. */
  readonly billedVolume: number | null;
}

/** A bill counts whole kilowatt-hours of each point. */
const TOLERANCE_KWH = 1;

/** Half-hours of a business in the chosen month: a map of days and hours, or the load curve. */
export function Load({ number, month, billedVolume }: Props) {
  const [view, setView] = useState("map");
  const path = `/api/accounts/${encodeURIComponent(number)}/intervals?month=${month}`;
  const intervals = useAnswer<IntervalsAnswer>(path);
  return (
    <Panel
      title={`Получасовые значения, ${monthText(month)}`}
      aside={<SegmentedControl size="xs" data={VIEWS} value={view} onChange={setView} />}
    >
      <Await of={intervals}>
        {({ points, zone }) => (
          <>
            {points.map((point) => (
              <div key={point.point} className="point">
                <p>
                  <b>{point.name}</b> <span className="muted">{summaryOf(point)}</span>
                </p>
                {view === "map" ? <HeatMap point={point} /> : <LoadCurve point={point} />}
              </div>
            ))}
            {billedVolume !== null && isOther(points, billedVolume) && (
              <p className="held remark">
                <b>Обратите внимание:</b> в счёте {volumeText(billedVolume)} кВт·ч. Значения
                изменились после расчёта, разница войдёт в перерасчёт.
              </p>
            )}
            <p className="muted small">Время местное, {zone}.</p>
          </>
        )}
      </Await>
    </Panel>
  );
}

function totalMicroKwh({ days }: IntervalPoint): number {
  const values = days.flatMap((day) => day.values);
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function isOther(points: readonly IntervalPoint[], billedVolume: number): boolean {
  const kwh = points.reduce((sum, point) => sum + totalMicroKwh(point) / 1_000_000, 0);
  return Math.abs(kwh - billedVolume / 10_000) >= TOLERANCE_KWH * points.length;
}

function summaryOf(point: IntervalPoint): string {
  const values = point.days.flatMap((day) => day.values);
  const gaps = values.filter((value) => value === null).length;
  const missing =
    gaps === 0
      ? "без пропусков"
      : `${gaps} ${plural(gaps, "пропуск", "пропуска", "пропусков")} из ${values.length}`;
  return `${intervalText(totalMicroKwh(point))} кВт·ч · ${missing}`;
}
