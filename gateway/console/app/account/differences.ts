import type { ReadingsAnswer } from "../../../http/schemas/accounts.ts";

type Reading = ReadingsAnswer["readings"][number];
type Meter = ReadingsAnswer["meters"][number];

export interface ReadingRow {
  readonly reading: Reading;
  readonly meter: Meter | undefined;
  /**
   * With the ratio; null for the first state and where the register turned over or was replaced.
   */
  readonly differences: readonly (number | null)[];
}

/** Newest first; the difference is to the state in force before it on the same meter. */
export function readingRows(readings: ReadingsAnswer): readonly ReadingRow[] {
  const meters = new Map(readings.meters.map((meter) => [meter.meter, meter]));
  const before = new Map<number, Reading>();
  const rows: ReadingRow[] = [];
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
