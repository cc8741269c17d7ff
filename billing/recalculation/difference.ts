import type { Day } from "../../normalizer/model/dates.ts";
import type { LineKind, Zone } from "../../normalizer/model/lines.ts";
import {
  type Kopecks,
  kopecks,
  type Price,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";

/** What a line charges, without its place in a run. */
export interface ChargedLine {
  readonly kind: LineKind;
  readonly point: number;
  readonly zone: Zone;
  readonly range: number;
  readonly tariffFrom: Day | null;
  readonly volume: Volume;
  readonly price: Price | null;
  readonly amount: Kopecks;
  readonly vat: Kopecks | null;
}

export interface DifferenceInput {
  /** Lines of one origin month as its facts are known now. */
  readonly now: readonly ChargedLine[];
  /** Every posted line of that origin: the regular ones and earlier differences. */
  readonly posted: readonly ChargedLine[];
}

export interface LineDifference {
  /**
   * Kind, price and key of the line as it stands now, of the posted one where nothing stands now.
   */
  readonly line: ChargedLine;
  readonly oldVolume: Volume;
  readonly newVolume: Volume;
  readonly oldAmount: Kopecks;
  readonly newAmount: Kopecks;
}

/**
 * New minus posted by line key (individual consumption whatever its method, point, tariff version,
 * zone, range): Δamount = round2(new × T) − round2(old × T), not round2(Δ × T). A line that did not
 * change is not listed.
 *
 * @see ПП РФ 354 п. 61; a closed period is never edited
 */
export function differencesOf(input: DifferenceInput): readonly LineDifference[] {
  const keys = new Map<string, { now: ChargedLine[]; posted: ChargedLine[] }>();
  for (const line of input.now) sideOf(keys, line).now.push(line);
  for (const line of input.posted) sideOf(keys, line).posted.push(line);
  const differences: LineDifference[] = [];
  for (const { now, posted } of keys.values()) {
    const newest = posted[posted.length - 1];
    const line = now[0] ?? newest;
    if (line === undefined) continue;
    const before = sumOf(posted);
    const after = sumOf(now);
    const delta = {
      volume: volume(after.volume - before.volume),
      amount: kopecks(after.amount - before.amount),
      vat: line.vat === null ? null : kopecks(after.vat - before.vat),
    };
    if (delta.volume === 0 && delta.amount === 0) continue;
    differences.push({
      line: { ...line, ...delta },
      oldVolume: before.volume,
      newVolume: after.volume,
      oldAmount: before.amount,
      newAmount: after.amount,
    });
  }
  return differences;
}

function sumOf(lines: readonly ChargedLine[]) {
  let energy = 0;
  let amount = 0;
  let vat = 0;
  for (const line of lines) {
    energy += line.volume;
    amount += line.amount;
    vat += line.vat ?? 0;
  }
  return { volume: volume(energy), amount: kopecks(amount), vat: kopecks(vat) };
}

const CONSUMPTION: readonly LineKind[] = ["METER", "METER_DELTA", "AVERAGE", "NORM", "FIXED"];

/** Lines of one origin month with the same key are one sum before and after. */
export function differenceKey({ kind, point, tariffFrom, zone, range }: ChargedLine): string {
  const family = CONSUMPTION.includes(kind) ? "CONSUMPTION" : kind;
  return `${family}/${point}/${tariffFrom}/${zone}/${range}`;
}

function sideOf(
  keys: Map<string, { now: ChargedLine[]; posted: ChargedLine[] }>,
  line: ChargedLine,
): { now: ChargedLine[]; posted: ChargedLine[] } {
  const key = differenceKey(line);
  const known = keys.get(key);
  if (known !== undefined) return known;
  const sides = { now: [], posted: [] };
  keys.set(key, sides);
  return sides;
}
