import { Exact, sumOf } from "../exact.ts";

/** Hour numbers 1…24: hour n is (n − 1):00…n:00 of market time. */
export const HOURS_PER_DAY = 24;

/** Values by day of the month (index 0 = day 1) and hour (index 0 = hour 1). */
export type HourGrid = readonly (readonly Exact[])[];

export function hourGrid(days: number, valueAt: (day: number, hour: number) => Exact): HourGrid {
  return Array.from({ length: days }, (_d, day) =>
    Array.from({ length: HOURS_PER_DAY }, (_h, hour) => valueAt(day + 1, hour + 1)),
  );
}

export function gridSum(grid: HourGrid): Exact {
  return sumOf(grid.map(sumOf));
}

/** Value of day 1…n and hour 1…24; 0 outside of the grid. */
export function at(grid: HourGrid, day: number, hour: number): Exact {
  return grid[day - 1]?.[hour - 1] ?? new Exact(0);
}

/** Value by value: sum, difference, product of two grids of one month. */
export function combine(a: HourGrid, b: HourGrid, of: (x: Exact, y: Exact) => Exact): HourGrid {
  return a.map((row, day) => row.map((value, hour) => of(value, at(b, day + 1, hour + 1))));
}

/** "8-15,18-21" as inclusive hour numbers, ascending. */
export function windowHours(text: string): number[] {
  return text
    .split(",")
    .flatMap((part) => {
      const [first, last] = part.split("-").map(Number);
      const from = first ?? 0;
      return Array.from({ length: (last ?? from) - from + 1 }, (_, index) => from + index);
    })
    .sort((a, b) => a - b);
}

/**
 * Clock intervals "a-b" cover hours a + 1 … b and may cross midnight: "21-05" is 22, 23, 24, 1 … 5.
 */
export function clockHours(text: string): ReadonlySet<number> {
  const hours = new Set<number>();
  for (const part of text.split(",")) {
    const [from, to] = part.split("-").map(Number);
    const start = from ?? 0;
    const end = (to ?? 0) > start ? (to ?? 0) : (to ?? 0) + HOURS_PER_DAY;
    for (let clock = start; clock < end; clock += 1) hours.add((clock % HOURS_PER_DAY) + 1);
  }
  return hours;
}
