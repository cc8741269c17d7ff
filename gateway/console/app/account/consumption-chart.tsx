import { useMemo } from "react";
import uPlot from "uplot";
import type { Zone } from "../../../../normalizer/model/lines.ts";
import { ZONES } from "../../../../normalizer/model/lines.ts";
import { ZONE_NAMES } from "../../../http/names.ts";
import type { ChargesAnswer } from "../../../http/schemas.ts";
import { monthShort, volumeText } from "../../format.ts";
import { ZONE_COLOURS } from "../theme.ts";
import { AXIS, Chart } from "./chart.tsx";
import { chooseMonth } from "./view.ts";

const MONTHS_MAX = 24;
const VOLUME_UNIT = 10_000;
const NOT_CONSUMED = ["KPOV", "KDELAY", "FIXED", "CAPACITY", "TRANSMISSION_POWER"];

interface Props {
  readonly charges: ChargesAnswer;
  readonly month: string;
}

/** What was consumed in each month by zones, corrections counted to the month they correct. */
export function ConsumptionChart({ charges, month }: Props) {
  const { months, zones, volumes } = useMemo(() => consumptionOf(charges), [charges]);
  const data = useMemo(() => stacked(zones, volumes, months.length), [zones, volumes, months]);
  const options = useMemo(
    () => optionsOf(months, zones, volumes, months.indexOf(month)),
    [months, zones, volumes, month],
  );
  if (months.length === 0) return <p className="muted">Расхода ещё нет.</p>;
  return (
    <Chart
      label="Расход по месяцам, кВт·ч"
      options={options}
      data={data}
      heightPx={150}
      restingIndex={Math.max(0, months.indexOf(month))}
    />
  );
}

interface Consumption {
  readonly months: readonly string[];
  readonly zones: readonly Zone[];
  /** By zone and month, 10⁻⁴ kWh. */
  readonly volumes: readonly (readonly number[])[];
}

function consumptionOf(charges: ChargesAnswer): Consumption {
  const lines = charges.months
    .flatMap((month) => month.lines)
    .filter(({ kind }) => !NOT_CONSUMED.includes(kind));
  const months = [...new Set(lines.map(({ origin }) => origin))].sort().slice(-MONTHS_MAX);
  const zones = ZONES.filter((zone) => lines.some((line) => line.zone === zone));
  const volumes = zones.map((zone) =>
    months.map((month) =>
      lines
        .filter((line) => line.zone === zone && line.origin === month)
        .reduce((total, { volume }) => total + volume, 0),
    ),
  );
  return { months, zones, volumes };
}

/** uPlot draws the later series over the earlier ones: the first is the height of the whole stack. */
function stacked(
  zones: readonly Zone[],
  volumes: Consumption["volumes"],
  count: number,
): uPlot.AlignedData {
  const series = zones.map((_, from) =>
    Array.from({ length: count }, (_month, index) => {
      const parts = volumes.slice(from).map((of) => of[index] ?? 0);
      return parts.reduce((total, part) => total + part, 0) / VOLUME_UNIT;
    }),
  );
  return [Array.from({ length: count }, (_, index) => index), ...series];
}

function optionsOf(
  months: readonly string[],
  zones: readonly Zone[],
  volumes: Consumption["volumes"],
  chosen: number,
): Omit<uPlot.Options, "width" | "height"> {
  const bars = uPlot.paths.bars;
  return {
    legend: { live: true },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: [-0.6, months.length - 0.4] }, y: { range: fromZero } },
    axes: [
      {
        ...AXIS,
        size: 26,
        grid: { show: false },
        splits: () => months.map((_, index) => index),
        values: (_plot, splits) => splits.map((index) => monthShort(months[index] ?? "")),
      },
      {
        ...AXIS,
        size: 56,
        values: (_plot, splits) => splits.map((value) => volumeText(value * VOLUME_UNIT)),
      },
    ],
    series: [
      {
        label: "Месяц",
        value: (_plot, index) => (index === null ? "" : monthShort(months[index] ?? "")),
      },
      ...zones.map((zone, place) => ({
        label: ZONE_NAMES[zone],
        stroke: ZONE_COLOURS[zone],
        fill: `${ZONE_COLOURS[zone]}cc`,
        width: 0,
        points: { show: false },
        value: (_plot: uPlot, _value: number | null, _series: number, index: number | null) =>
          index === null ? "" : `${volumeText(volumes[place]?.[index] ?? 0)} кВт·ч`,
        ...(bars === undefined ? {} : { paths: bars({ size: [0.7, 48] }) }),
      })),
    ],
    hooks: {
      drawClear: [(plot) => markChosen(plot, chosen)],
      ready: [
        (plot) =>
          plot.over.addEventListener("click", () => {
            const month = months[plot.cursor.idx ?? -1];
            if (month !== undefined) chooseMonth(month);
          }),
      ],
    },
  };
}

function fromZero(_plot: uPlot, low: number, high: number): uPlot.Range.MinMax {
  return [Math.min(0, low), high <= 0 ? 1 : high * 1.08];
}

function markChosen(plot: uPlot, chosen: number): void {
  if (chosen < 0) return;
  const from = plot.valToPos(chosen - 0.5, "x", true);
  const to = plot.valToPos(chosen + 0.5, "x", true);
  plot.ctx.fillStyle = "#eaf1f9";
  plot.ctx.fillRect(from, plot.bbox.top, to - from, plot.bbox.height);
}
