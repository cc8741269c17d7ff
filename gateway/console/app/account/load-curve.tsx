import { useMemo } from "react";
import type uPlot from "uplot";
import { dayText, intervalText } from "../../format.ts";
import { ZONE_COLOURS } from "../theme.ts";
import { AXIS, Chart } from "./chart.tsx";
import type { IntervalPoint } from "./load.tsx";

const MICRO = 1_000_000;

/** Half-hours of the month one after another; a gap breaks the line. */
export function LoadCurve({ point }: { readonly point: IntervalPoint }) {
  const { options, data } = useMemo(() => curveOf(point), [point]);
  return (
    <Chart
      label={`График нагрузки ${point.name}`}
      options={options}
      data={data}
      heightPx={220}
      restingIndex={null}
    />
  );
}

function curveOf({ days }: IntervalPoint): {
  readonly options: Omit<uPlot.Options, "width" | "height">;
  readonly data: uPlot.AlignedData;
} {
  const starts: number[] = [];
  const places: { readonly day: string; readonly slot: number }[] = [];
  const values: (number | null)[] = [];
  for (const day of days) {
    starts.push(values.length);
    for (const [slot, value] of day.values.entries()) {
      places.push({ day: day.day, slot });
      values.push(value === null ? null : value / MICRO);
    }
  }
  return {
    data: [values.map((_, index) => index), values],
    options: {
      cursor: { y: false },
      scales: { x: { time: false } },
      axes: [
        {
          ...AXIS,
          size: 26,
          splits: () => starts.filter((_, index) => index % 3 === 0),
          values: (_plot, splits) => splits.map((at) => places[at]?.day.slice(8) ?? ""),
        },
        {
          ...AXIS,
          size: 56,
          values: (_plot, splits) => splits.map((at) => intervalText(at * MICRO)),
        },
      ],
      series: [
        {
          label: "Время",
          value: (_plot, at) => {
            const place = at === null ? undefined : places[at];
            return place === undefined ? "" : `${dayText(place.day)}, получас ${place.slot + 1}`;
          },
        },
        {
          label: "кВт·ч за полчаса",
          stroke: ZONE_COLOURS.T0,
          fill: `${ZONE_COLOURS.T0}22`,
          width: 1,
          points: { show: false },
          value: (_plot, value) => (value === null ? "нет" : intervalText(value * MICRO)),
        },
      ],
    },
  };
}
