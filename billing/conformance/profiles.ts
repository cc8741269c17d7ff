import { daysIn, type Month } from "../../normalizer/model/dates.ts";
import { InvariantError, invariant } from "../../normalizer/model/result.ts";
import type { PeakHours } from "../businesses/capacity.ts";
import { at, type HourGrid, hourGrid, windowHours } from "../businesses/hours.ts";
import { Exact } from "../exact.ts";
import type { Input } from "./input.ts";

/** `year`, `month`, `workdays` of a case. */
export interface CaseMonth {
  readonly month: Month;
  readonly days: number;
  readonly workdays: readonly number[];
}

export function caseMonth(input: Input): CaseMonth {
  const month = (input.integer("year") * 12 + input.integer("month") - 1) as Month;
  const workdays = input.list("workdays").map((item) => item.asScaled(0));
  return { month, days: daysIn(month), workdays };
}

/** Profiles of the data language: formula, flat, array24, half. kWh by hour. */
export function profileGrid(profile: Input, month: CaseMonth): HourGrid {
  const kind = profile.textOr("kind", profile.has("kwh") ? "flat" : "formula");
  switch (kind) {
    case "formula":
      return hourGrid(month.days, (day, hour) => formulaValue(profile, month, day, hour));
    case "flat": {
      const value = profile.exact("kwh");
      return hourGrid(month.days, () => value);
    }
    case "array24": {
      const hours = profile.list("kwh").map((item) => item.asExact());
      return hourGrid(month.days, (_day, hour) => hours[hour - 1] ?? new Exact(0));
    }
    case "half": {
      const first = profileGrid(profile.at("first"), month);
      const second = profileGrid(profile.at("second"), month);
      return hourGrid(month.days, (day, hour) =>
        at(first, day, hour)
          .plus(at(second, day, hour))
          .div(2),
      );
    }
    default:
      throw new InvariantError(`unknown profile ${kind}`);
  }
}

function formulaValue(profile: Input, month: CaseMonth, day: number, hour: number): Exact {
  const mod = profile.integer("mod");
  const wave = profile.exact("k").times((7 * day + 13 * hour) % mod);
  const daytime = hour >= 8 && hour <= 20 ? profile.exact("day") : new Exact(0);
  const weekend = month.workdays.includes(day) ? new Exact(0) : profile.exact("weekend");
  return profile.exact("base").plus(daytime).plus(wave).minus(weekend);
}

/** `p0 + ((a·d + b·h) mod mod) · step`, ₽/МВт·ч. */
export function priceGrid(prices: Input, month: CaseMonth): HourGrid {
  const [a, b, mod] = [prices.integer("a"), prices.integer("b"), prices.integer("mod")];
  const [p0, step] = [prices.exact("p0"), prices.exact("step")];
  return hourGrid(month.days, (day, hour) => p0.plus(step.times((a * day + b * hour) % mod)));
}

/** `{window, a}` or `{list}` aligned with the working days. */
export function peakHours(peak: Input, month: CaseMonth): PeakHours {
  if (peak.has("list")) {
    const list = peak.list("list").map((item) => item.asScaled(0));
    return new Map(month.workdays.map((day, index) => [day, list[index] ?? 0]));
  }
  const hours = windowHours(peak.text("window"));
  invariant(hours.length > 0, "an empty window");
  const a = peak.integer("a");
  return new Map(month.workdays.map((day) => [day, hours[(a * day) % hours.length] ?? 0]));
}
