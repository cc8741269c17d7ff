import "uplot/dist/uPlot.min.css";
import { useEffect, useRef } from "react";
import uPlot from "uplot";

interface Props {
  readonly label: string;
  /** Made anew only when it changes: keep it by useMemo. */
  readonly options: Omit<uPlot.Options, "width" | "height">;
  readonly data: uPlot.AlignedData;
  readonly heightPx: number;
}

/** A uPlot chart as wide as its place. */
export function Chart({ label, options, data, heightPx }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const size = () => ({ width: element.clientWidth, height: heightPx });
    const plot = new uPlot({ ...options, ...size() }, data, element);
    const observer = new ResizeObserver(() => plot.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [options, data, heightPx]);
  return <div ref={place} className="chart" role="img" aria-label={label} />;
}

/** Thin lines and small text, so that the data is what one sees. */
export const AXIS = {
  stroke: "#5c6773",
  grid: { stroke: "#e6e9ed", width: 1 },
  ticks: { stroke: "#e6e9ed", width: 1, size: 4 },
  font: '11px "Segoe UI", "DejaVu Sans", sans-serif',
} as const;
