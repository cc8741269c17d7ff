import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";

interface Props {
  readonly label: string;
  /** Made anew only when it changes: keep it by useMemo. */
  readonly options: Omit<uPlot.Options, "width" | "height">;
  readonly data: uPlot.AlignedData;
  readonly heightPx: number;
  /** Whose values the legend shows while nobody points at the chart; null = the last. */
  readonly restingIndex: number | null;
}

/** A uPlot chart as wide as its place. */
export function Chart({ label, options, data, heightPx, restingIndex }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const size = () => ({ width: element.clientWidth, height: heightPx });
    const plot = new uPlot({ ...options, ...size() }, data, element);
    const observer = new ResizeObserver(() => plot.setSize(size()));
    observer.observe(element);
    const rest = () => plot.setLegend({ idx: restingIndex ?? data[0].length - 1 });
    // Its own first drawing, at the end of this task, would empty the legend again.
    requestAnimationFrame(rest);
    // uPlot empties the legend by itself when the pointer leaves.
    const onLeave = () => requestAnimationFrame(rest);
    plot.over.addEventListener("mouseleave", onLeave);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [options, data, heightPx, restingIndex]);
  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

/** Thin lines and small text, so that the data is what one sees. */
export const AXIS = {
  stroke: "#5c6773",
  grid: { stroke: "#e6e9ed", width: 1 },
  ticks: { stroke: "#e6e9ed", width: 1, size: 4 },
  font: '11px "Segoe UI", "DejaVu Sans", sans-serif',
} as const;
