import type { Day, Month } from "../../normalizer/model/dates.ts";
import type { AccountFacts, PointFacts } from "../../normalizer/model/facts.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { hasRule, ruleOf } from "../rules.ts";
import { AccountConsumption, type Consumption, type ConsumptionOfMonths } from "./consumption.ts";
import type { AccountContext } from "./context.ts";
import type { Days } from "./days.ts";
import type { MonthConsumption } from "./month-consumption.ts";

/**
 * Consumption of an account: of its one point, or of several, each by its own meter or mean.
 *
 * @param months the billed period last, ascending
 */
export function consumptionOf(
  context: AccountContext,
  months: readonly Month[],
): ConsumptionOfMonths {
  const isApart = context.facts.points.length > 1 && hasRule(context.rules, "households.points");
  return isApart ? new PointsConsumption(context, months) : new AccountConsumption(context, months);
}

/**
 * An account of several points: each is billed as if it were alone, by its own readings, history
 * and missed periods. What is the household's is charged once: a day of the norm, whichever point
 * falls to it first, and a договорной объём.
 */
class PointsConsumption implements ConsumptionOfMonths {
  private readonly context: AccountContext;
  private readonly byPoint: ReadonlyMap<number, AccountConsumption>;

  constructor(context: AccountContext, months: readonly Month[]) {
    this.context = context;
    this.byPoint = new Map(
      context.facts.points.map((point) => {
        const facts = factsOfPoint(context.facts, point);
        return [point.point, new AccountConsumption({ ...context, facts }, months)];
      }),
    );
  }

  overlaps(month: Month): boolean {
    return [...this.byPoint.values()].some((consumption) => consumption.overlaps(month));
  }

  of(month: Month): Consumption {
    const { facts, rules } = this.context;
    const months: MonthConsumption[] = [];
    for (const { point } of ruleOf(rules, "households.points").counted(facts.points, month)) {
      const result = this.byPoint.get(point)?.of(month, normDays(months));
      invariant(result !== undefined, `a point that account ${facts.account} has not`);
      if (!result.ok) return result;
      months.push(result.value);
    }
    const fixed = months[0]?.fixed ?? [];
    const parts = months.flatMap((item, index) =>
      index === 0 ? item.parts : item.parts.filter(({ kind }) => kind !== "FIXED"),
    );
    return {
      ok: true,
      value: {
        month,
        pieces: months.flatMap(({ pieces }) => pieces),
        charged: months.flatMap(({ charged }) => charged),
        estimates: months.flatMap(({ estimates }) => estimates),
        fixed,
        parts,
      },
    };
  }
}

/** Days of the norm, ascending. */
function normDays(months: readonly MonthConsumption[]): readonly Days[] {
  return months
    .flatMap(({ estimates }) => estimates)
    .flatMap(({ norm, gap }) => (norm === null ? [] : gap.spans))
    .sort((a, b) => a.from - b.from);
}

/**
 * The account as if the point were its only one. A point added beside another that had a meter
 * before consumes from its first meter on.
 *
 * @throws InvariantError when the past of the point is not known apart
 */
function factsOfPoint(facts: AccountFacts, point: PointFacts): AccountFacts {
  const { past } = point;
  invariant(past !== undefined, `account ${facts.account}: point ${point.point} without its past`);
  const start = firstMeterOf(point);
  const isAdded = facts.points.some((other) => firstMeterOf(other) < start);
  const from = isAdded ? (Math.max(facts.served.from, start) as Day) : facts.served.from;
  return { ...facts, ...past, points: [point], served: { from, to: facts.served.to } };
}

function firstMeterOf({ meters }: PointFacts): Day {
  return Math.min(...meters.map(({ installed }) => installed.from)) as Day;
}
