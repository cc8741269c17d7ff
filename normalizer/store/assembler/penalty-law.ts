import type { Day } from "../../model/dates.ts";
import { day, monthOf } from "../../model/dates.ts";
import type { FactKind } from "../../model/fact-bodies.ts";
import type { Dated } from "../../model/facts.ts";
import type { OrganisationId, Seq } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import type { PenaltyLaw } from "../../model/penalty-law.ts";
import { invariant } from "../../model/result.ts";
import { parseScaled } from "../../model/units.ts";
import type { Queryable } from "../database.ts";
import type { FactVersion } from "../facts.ts";
import { readFacts } from "../facts.ts";

/** A limit or pause without an end holds until then: far beyond any debt. */
const FOREVER = day("9999-12-31");

const RATE_SCALE = 2;

/** Due days and penalties of households as known at a seq of common. */
export async function readPenaltyLaw(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq,
): Promise<PenaltyLaw> {
  const versions = async <Kind extends FactKind>(
    kind: Kind,
  ): Promise<readonly FactVersion<Kind>[]> => {
    const facts = await readFacts(queryable, { shard: COMMON_SHARD, kind, knownAt });
    return facts
      .filter((fact) => fact.organisation === organisation)
      .sort((a, b) => a.from - b.from);
  };
  return {
    steps: (await versions("penalty-steps")).map((fact) => datedOf(fact, fact.body.steps)),
    keyRates: (await versions("key-rate")).map(({ from, body }) => ({
      from,
      rateE2: rateOf(body.rate),
    })),
    caps: (await versions("penalty-cap")).map(({ from, to, body }) => ({
      from,
      to: lastDayOf(to),
      rateE2: rateOf(body.rate),
      mode: body.mode,
    })),
    pauses: (await versions("penalty-pause")).map(({ from, to, body }) => ({
      from,
      to: lastDayOf(to),
      onlyDueBefore: body.onlyDueBefore === undefined ? null : day(body.onlyDueBefore),
    })),
    dueDays: (await versions("due-day")).map(({ from, body }) => ({
      from: monthOf(from),
      dayOfMonth: body.dayOfMonth,
    })),
    calendar: (await versions("calendar")).map((fact) =>
      datedOf(fact, {
        holidays: fact.body.daysOff.map(day),
        movedWorkdays: fact.body.workingWeekends.map(day),
      }),
    ),
  };
}

function datedOf<Value>(fact: FactVersion, value: Value): Dated<Value> {
  return { from: fact.from, to: fact.to, value, origin: { message: fact.message, at: fact.at } };
}

function lastDayOf(to: Day | null): Day {
  return to === null ? FOREVER : ((to - 1) as Day);
}

function rateOf(text: string): number {
  const rate = parseScaled(text, RATE_SCALE);
  invariant(rate !== null, `rate ${text}`);
  return rate;
}
