import { daysIn } from "../../normalizer/model/dates.ts";
import {
  type BoundaryPoint,
  type HourlyLoss,
  type HourlyTransit,
  type MissingHours,
  type PointHours,
  pointHours,
} from "../businesses/boundary.ts";
import { purchaseCapacityMw, transmissionPowerMw } from "../businesses/capacity.ts";
import { combine, gridSum, type HourGrid, hourGrid, windowHours } from "../businesses/hours.ts";
import { formFactorSquared } from "../businesses/losses.ts";
import { SUBSTITUTED_BY_READINGS } from "../businesses/substitution.ts";
import { Exact, roundTo } from "../exact.ts";
import type { Input, Json } from "./input.ts";
import { type CaseMonth, caseMonth, peakHours, profileGrid } from "./profiles.ts";

const LEVELS = ["VN", "SN1", "SN2", "NN"] as const;

export function boundary(input: Input): Json {
  const month = caseMonth(input);
  const window = windowHours(input.text("soWindow"));
  const points = input.list("points").map((row) => {
    const point = pointOf(row, month);
    return { row, point, hours: pointHours(point) };
  });
  const sum = (items: readonly HourGrid[]): HourGrid =>
    items.reduce(
      (total, item) => combine(total, item, (a, b) => a.plus(b)),
      hourGrid(month.days, () => new Exact(0)),
    );
  let total: Exact = new Exact(0);
  const levels = LEVELS.flatMap((level) => {
    const own = points.filter(({ row }) => row.text("level") === level);
    if (own.length === 0) return [];
    const kwh = sum(own.map(({ hours }) => hours.billed));
    const mwh = roundTo(gridSum(kwh).div(1000), 3);
    total = total.plus(mwh);
    const power = transmissionPowerMw(kwh, month.workdays, window, 3);
    return [{ level, mwh: mwh.toFixed(3), powerMW: power.toFixed(3) }];
  });
  const all = sum(points.map(({ hours }) => hours.billed));
  const peaks = peakHours(input.at("peak"), month);
  return {
    levels,
    mwh: total.toFixed(3),
    capacityMW: purchaseCapacityMw(all, month.workdays, peaks, 3).toFixed(3),
    substituted: points.flatMap(({ row, point, hours }) => substitutedJson(row, point, hours)),
    events: points.flatMap(({ row, hours }) =>
      hours.exceedingHours === 0
        ? []
        : [{ point: row.text("id"), code: "TRANSIT_EXCEEDS", hours: hours.exceedingHours }],
    ),
  };
}

function substitutedJson(row: Input, point: BoundaryPoint, hours: PointHours): Json[] {
  if (point.missing === null || hours.substituted === null) return [];
  const { hours: count, kwh } = hours.substituted;
  const { basis } = point.missing;
  return [{ point: row.text("id"), basis, hours: count, kwh: roundTo(kwh, 0).toFixed(0) }];
}

function pointOf(row: Input, month: CaseMonth): BoundaryPoint {
  const coefficient = row.exactOr("coef", "1");
  const kwh = profileGrid(row.at("profile"), month).map((values) =>
    values.map((value) => value.times(coefficient)),
  );
  return {
    kwh,
    missing: row.has("missing") ? missingOf(row, month) : null,
    transits: row.listOrNone("transit").map((item) => transitOf(item, month)),
    loss: row.has("loss") ? lossOf(row.at("loss")) : { kind: "NONE" },
    meterSide: row.textOr("meterSide", "inside") === "outside" ? "outside" : "inside",
  };
}

function missingOf(row: Input, month: CaseMonth): MissingHours {
  const spans = row.list("missing").map((item) => ({
    from: item.integer("from"),
    to: item.integer("to"),
    hours: windowHours(item.textOr("hours", "1-24")),
  }));
  const isMissing = (day: number, hour: number) =>
    spans.some((span) => span.from <= day && day <= span.to && span.hours.includes(hour));
  const given = row.at("substitute");
  const isRead = given.integer("missedIndex") <= SUBSTITUTED_BY_READINGS;
  if (given.has("controlMeter")) {
    const base = { kwh: profileGrid(given.at("controlMeter"), month) };
    return { isMissing, basis: "CONTROL_METER", base };
  }
  if (isRead && given.has("prevYear"))
    return { isMissing, basis: "PREV_YEAR", base: { kwh: baseGrid(given.at("prevYear")) } };
  if (isRead && given.has("lastRead"))
    return { isMissing, basis: "LAST_READ", base: { kwh: baseGrid(given.at("lastRead")) } };
  return { isMissing, basis: "PMAX", base: { maxPowerKw: given.exact("pmaxKw") } };
}

function baseGrid(base: Input): HourGrid {
  const month = base.month("period");
  const workdays = base.list("workdays").map((item) => item.asScaled(0));
  return profileGrid(base.at("profile"), { month, days: daysIn(month), workdays });
}

function transitOf(item: Input, month: CaseMonth): HourlyTransit {
  const lossPercent = item.exactOr("lossPct", "0");
  if (item.has("profile"))
    return { kind: "HOURS", kwh: profileGrid(item.at("profile"), month), lossPercent };
  const spread =
    item.textOr("spread", "PARENT_PROFILE") === "UNIFORM" ? "UNIFORM" : "PARENT_PROFILE";
  return { kind: "INTEGRAL", kwh: item.exact("kwh"), lossPercent, spread };
}

function lossOf(loss: Input): HourlyLoss {
  const method = loss.text("method");
  if (method === "NONE") return { kind: "NONE" };
  if (method === "PERCENT") return { kind: "PERCENT", percent: loss.exact("pct") };
  const terms = {
    idleKw: loss.exact("pxx"),
    shortCircuitKw: loss.exact("pkz"),
    ratedKva: loss.exact("snom"),
    tangent: loss.exactOr("tgphi", "0"),
  };
  if (loss.textOr("hourlyMode", "EXACT") === "EXACT") return { kind: "EXACT", ...terms };
  const formSquared = loss.has("kf2")
    ? loss.exact("kf2")
    : formFactorSquared(loss.exactOr("kz", "0.5"));
  return { kind: "PROPORTIONAL", formSquared, ...terms };
}
