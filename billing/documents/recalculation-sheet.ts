import type { Month } from "../../normalizer/model/dates.ts";
import type { PostedLine } from "../../normalizer/model/lines.ts";
import { type Kopecks, kopecks, type Volume, volume } from "../../normalizer/model/units.ts";
import { differenceKey } from "../recalculation/difference.ts";
import { groundOf } from "./document-services.ts";

/** «Расчёт перерасчёта»: what one difference line changes, and from what. */
export interface RecalculationRow {
  readonly ground: string;
  readonly line: PostedLine;
  readonly oldVolume: Volume;
  readonly newVolume: Volume;
  readonly oldAmount: Kopecks;
  readonly newAmount: Kopecks;
}

export interface RecalculationSheet {
  readonly rows: readonly RecalculationRow[];
  readonly total: Kopecks;
}

/**
 * Difference lines posted in a month, each with what was posted before it for its origin month and
 * line key: the regular lines and earlier differences.
 *
 * @param posted all lines of one account, in the order of posting
 * @see ПП РФ 354 п. 61, 69 «ж»
 */
export function recalculationSheet(
  posted: readonly PostedLine[],
  month: Month,
): RecalculationSheet {
  const rows: RecalculationRow[] = [];
  let total = 0;
  for (const [place, line] of posted.entries()) {
    if (line.period !== month || line.rule !== "recalculation.difference") continue;
    rows.push(rowOf(line, posted.slice(0, place)));
    total += line.amount;
  }
  rows.sort((a, b) => a.line.origin - b.line.origin);
  return { rows, total: kopecks(total) };
}

function rowOf(line: PostedLine, before: readonly PostedLine[]): RecalculationRow {
  const key = differenceKey(line);
  let oldVolume = 0;
  let oldAmount = 0;
  for (const earlier of before) {
    if (earlier.origin !== line.origin || differenceKey(earlier) !== key) continue;
    oldVolume += earlier.volume;
    oldAmount += earlier.amount;
  }
  return {
    ground: groundOf(line),
    line,
    oldVolume: volume(oldVolume),
    newVolume: volume(oldVolume + line.volume),
    oldAmount: kopecks(oldAmount),
    newAmount: kopecks(oldAmount + line.amount),
  };
}
