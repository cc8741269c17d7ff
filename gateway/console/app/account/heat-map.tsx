import { useState } from "react";
import { dayText, intervalText } from "../../format.ts";
import type { IntervalPoint } from "./load.tsx";
import { showBytes } from "./view.ts";

const CELL_WIDTH = 15;
const CELL_HEIGHT = 11;
const LEFT = 26;
const TOP = 14;

interface Cell {
  readonly day: string;
  readonly slot: number;
  readonly slots: number;
}

/**
 * A row a day, a column a half-hour; the darker the more, hatched where nothing came. A click opens
 * the bytes.
 */
export function HeatMap({ point }: { readonly point: IntervalPoint }) {
  const [cell, setCell] = useState<Cell | null>(null);
  const most = Math.max(1, ...point.days.flatMap((day) => day.values.map((value) => value ?? 0)));
  const columns = Math.max(48, ...point.days.map((day) => day.values.length));
  const width = LEFT + columns * CELL_WIDTH;
  const height = TOP + point.days.length * CELL_HEIGHT;
  const day = point.days.find((each) => each.day === cell?.day);
  const value = cell === null ? null : (day?.values[cell.slot] ?? null);
  return (
    <>
      <svg
        className="heat"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Получасовые значения точки ${point.name}`}
        onMouseLeave={() => setCell(null)}
      >
        <defs>
          <pattern id="gap" width="4" height="4" patternUnits="userSpaceOnUse">
            <rect width="4" height="4" fill="#fff" />
            <path d="M0 4 4 0" stroke="#c4574b" strokeWidth="1" />
          </pattern>
        </defs>
        {[0, 3, 6, 9, 12, 15, 18, 21].map((hour) => (
          <text key={hour} x={LEFT + hour * 2 * CELL_WIDTH} y={TOP - 4}>
            {hour}:00
          </text>
        ))}
        {point.days.map((each, row) => (
          <g key={each.day}>
            <text x={LEFT - 5} y={TOP + (row + 1) * CELL_HEIGHT - 2} textAnchor="end">
              {each.day.slice(8)}
            </text>
            {each.values.map((one, slot) => {
              const origin = each.origins[slot] ?? null;
              return (
                // biome-ignore lint/a11y/noStaticElementInteractions: the drawer lists the days
                <rect
                  // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place in the day
                  key={slot}
                  x={LEFT + slot * CELL_WIDTH}
                  y={TOP + row * CELL_HEIGHT}
                  width={CELL_WIDTH - 1}
                  height={CELL_HEIGHT - 1}
                  fill={one === null ? "url(#gap)" : colourOf(one / most)}
                  className={origin === null ? undefined : "linked"}
                  onMouseEnter={() => setCell({ day: each.day, slot, slots: each.values.length })}
                  onClick={() => origin !== null && showBytes(origin, "page")}
                />
              );
            })}
          </g>
        ))}
      </svg>
      <p className="small heat-note">
        {cell === null ? (
          <span className="muted">
            от 0 до {intervalText(most)} кВт·ч за полчаса · штриховка — пропуск
          </span>
        ) : (
          `${dayText(cell.day)} ${clockText(cell)} — ${
            value === null ? "значения нет" : `${intervalText(value)} кВт·ч`
          }`
        )}
      </p>
    </>
  );
}

/**
 * On a day when the clock changes the half-hours are counted, not named: an hour is there twice or
 * not at all.
 */
function clockText({ slot, slots }: Cell): string {
  if (slots !== 48) return `получас ${slot + 1} из ${slots}`;
  const clock = (half: number): string =>
    `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 === 0 ? "00" : "30"}`;
  return `${clock(slot)}–${clock(slot + 1)}`;
}

/** From near white to deep blue; lightness falls evenly, so that it reads without colour too. */
function colourOf(share: number): string {
  const lightness = 96 - Math.round(share * 66);
  return `hsl(210 ${30 + Math.round(share * 40)}% ${lightness}%)`;
}
