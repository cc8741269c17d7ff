import { useMemo } from "react";
import type uPlot from "uplot";
import { ZONE_NAMES } from "../../../http/names.ts";
import type { ReadingsAnswer } from "../../../http/schemas/accounts.ts";
import { dayText, volumeText } from "../../format.ts";
import { ZONE_COLOURS } from "../theme.ts";
import { AXIS, Chart } from "./chart.tsx";

const VOLUME_UNIT = 10_000;
const DAY_SECONDS = 86_400;

/** States of the registers in force over time, a line per meter and zone. */
export function RegisterChart({ readings }: { readonly readings: ReadingsAnswer }) {
  const { options, data } = useMemo(() => chartOf(readings), [readings]);
  if ((data[0]?.length ?? 0) < 2) return null;
  return (
    <Chart
      label="Показания по датам"
      options={options}
      data={data}
      heightPx={140}
      restingIndex={null}
    />
  );
}

function chartOf({ meters, readings }: ReadingsAnswer): {
  readonly options: Omit<uPlot.Options, "width" | "height">;
  readonly data: uPlot.AlignedData;
} {
  const inForce = readings.filter((reading) => reading.inForce);
  const days = [...new Set(inForce.map(({ readOn }) => readOn))].sort();
  const registers = meters.flatMap((meter) =>
    meter.zones.map((zone, index) => ({ meter, zone, index })),
  );
  const states = registers.map(({ meter, index }) =>
    days.map((day) => {
      const reading = inForce.find((each) => each.readOn === day && each.meter === meter.meter);
      const value = reading?.values[index];
      return value === undefined ? null : value / VOLUME_UNIT;
    }),
  );
  const times = days.map((day) => Date.parse(`${day}T00:00:00Z`) / 1000);
  return {
    data: [times, ...states],
    options: {
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: true } },
      tzDate: (seconds) => new Date(seconds * 1000),
      axes: [
        { ...AXIS, size: 26, values: (_plot, splits) => splits.map(axisDay) },
        {
          ...AXIS,
          size: 64,
          values: (_plot, splits) =>
            splits.map((value) => volumeText(Math.round(value * VOLUME_UNIT))),
        },
      ],
      series: [
        { label: "На дату", value: (_plot, at) => (at === null ? "" : dayText(isoDay(at))) },
        ...registers.map(({ meter, zone }) => ({
          label: `${meter.serial} ${ZONE_NAMES[zone]}`,
          stroke: ZONE_COLOURS[zone],
          width: 1.5,
          spanGaps: true,
          points: { show: true, size: 5 },
          value: (_plot: uPlot, value: number | null) =>
            value === null ? "" : volumeText(Math.round(value * VOLUME_UNIT)),
        })),
      ],
    },
  };
}

function isoDay(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

/** "25.01" and the year where it begins: the axis has little room. */
function axisDay(seconds: number): string {
  const [year = "", month = "", day = ""] = isoDay(
    Math.round(seconds / DAY_SECONDS) * DAY_SECONDS,
  ).split("-");
  return month === "01" && day <= "07" ? `${day}.${month}.${year.slice(2)}` : `${day}.${month}`;
}
