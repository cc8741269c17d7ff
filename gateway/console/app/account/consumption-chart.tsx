import { useMemo } from "react";
import uPlot from "uplot";
import type { Zone } from "../../../../normalizer/model/lines.ts";
import { ZONES } from "../../../../normalizer/model/lines.ts";
import { ZONE_NAMES } from "../../../http/names.ts";
import type { ChargesAnswer, ReadingsAnswer } from "../../../http/schemas/accounts.ts";
import { monthShort, volumeText } from "../../format.ts";
import { Panel } from "../panel.tsx";
import { ZONE_COLOURS, ZONE_TINTS } from "../theme.ts";
import { AXIS, Chart } from "./chart.tsx";
import { readingRows } from "./differences.ts";
import { chooseMonth } from "./view.ts";

const MONTHS_MAX = 24;
const VOLUME_UNIT = 10_000;
const NOT_CONSUMED = ["KPOV", "KDELAY", "CAPACITY", "TRANSMISSION_POWER"];

interface Props {
  readonly charges: ChargesAnswer;
  readonly readings: ReadingsAnswer;
  readonly month: string;
}

/**
 * What was consumed in each month by zones, corrections counted to the month they correct. Months
 * before the first bill show the difference of readings, lighter. One month alone tells nothing: no
 * chart.
 */
export function ConsumptionChart({ charges, readings, month }: Props) {
  const consumption = useMemo(() => consumptionOf(charges, readings), [charges, readings]);
  const { months, measured } = consumption;
  const data = useMemo(() => stacked(consumption), [consumption]);
  const chosen = months.indexOf(month);
  const options = useMemo(() => optionsOf(consumption, chosen), [consumption, chosen]);
  if (months.length < 2) return null;
  const note = measured > 0 && (
    <span className="muted small">светлые — по разности показаний, до первого начисления</span>
  );
  return (
    <Panel title="Расход по месяцам" aside={note}>
      <Chart
        label="Расход по месяцам, кВт·ч"
        options={options}
        data={data}
        heightPx={150}
        restingIndex={Math.max(0, chosen)}
      />
    </Panel>
  );
}

interface Consumption {
  readonly months: readonly string[];
  /** So many of the first months are measured, not billed. */
  readonly measured: number;
  readonly zones: readonly Zone[];
  /** By zone and month, 10⁻⁴ kWh. */
  readonly volumes: readonly (readonly number[])[];
}

interface Part {
  readonly month: string;
  readonly zone: Zone;
  readonly volume: number;
}

function consumptionOf(charges: ChargesAnswer, readings: ReadingsAnswer): Consumption {
  const billed: readonly Part[] = charges.months
    .flatMap(({ lines }) => lines)
    .filter(({ kind }) => !NOT_CONSUMED.includes(kind))
    .map(({ origin, zone, volume }) => ({ month: origin, zone, volume }));
  const firstBilled = billed.map((part) => part.month).sort()[0] ?? "9999-12";
  const before = measuredParts(readings).filter((part) => part.month < firstBilled);
  const parts = [...before, ...billed];
  const months = [...new Set(parts.map((part) => part.month))].sort().slice(-MONTHS_MAX);
  const zones = ZONES.filter((zone) => parts.some((part) => part.zone === zone));
  const volumes = zones.map((zone) =>
    months.map((month) =>
      parts
        .filter((part) => part.zone === zone && part.month === month)
        .reduce((total, { volume }) => total + volume, 0),
    ),
  );
  const measured = months.filter((month) => month < firstBilled).length;
  return { months, measured, zones, volumes };
}

/** A difference counts to the month in which the meter was read. */
function measuredParts(readings: ReadingsAnswer): readonly Part[] {
  return readingRows(readings).flatMap(({ reading, meter, differences }) =>
    differences.flatMap((volume, index) => {
      const zone = meter?.zones[index];
      if (volume === null || zone === undefined) return [];
      return [{ month: reading.readOn.slice(0, 7), zone, volume }];
    }),
  );
}

/**
 * uPlot draws the later series over the earlier ones: the first is the height of the whole stack.
 */
function stacked({ zones, volumes, months }: Consumption): uPlot.AlignedData {
  const count = months.length;
  const series = zones.map((_, from) =>
    Array.from({ length: count }, (_month, index) => {
      const parts = volumes.slice(from).map((of) => of[index] ?? 0);
      return parts.reduce((total, part) => total + part, 0) / VOLUME_UNIT;
    }),
  );
  return [Array.from({ length: count }, (_, index) => index), ...series];
}

function optionsOf(
  { months, measured, zones, volumes }: Consumption,
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
        fill: ZONE_COLOURS[zone],
        width: 0,
        points: { show: false },
        value: (_plot: uPlot, _value: number | null, _series: number, index: number | null) =>
          index === null ? "" : `${volumeText(volumes[place]?.[index] ?? 0)} кВт·ч`,
        ...(bars === undefined
          ? {}
          : { paths: bars({ size: [0.7, 48], disp: tintOf(zone, measured, months.length) }) }),
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

function tintOf(zone: Zone, measured: number, months: number): uPlot.Series.BarsPathBuilderDisplay {
  const colours = Array.from({ length: months }, (_, index) =>
    index < measured ? ZONE_TINTS[zone] : ZONE_COLOURS[zone],
  );
  // Colour is unit 3; the enum of the typings has no value at run time.
  return { fill: { unit: 3, values: () => colours } };
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
