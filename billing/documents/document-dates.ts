import { type Day, endDay, formatDay, type Month, month } from "../../normalizer/model/dates.ts";
import type { Switches } from "../../normalizer/model/facts.ts";
import type {
  DueDayVersion,
  PenaltyLaw,
  WorkCalendar,
} from "../../normalizer/model/penalty-law.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Result } from "../../normalizer/model/result.ts";
import { dueDateOf } from "../penalties/due-date.ts";
import { switchNumber, switchOneOf, switchText } from "../switches.ts";
import { valueAt } from "../validity.ts";

export interface DocumentDates {
  /** Last day of the billed month. */
  readonly issuedOn: Day;
  /** Last day on which the payment is in time. */
  readonly dueOn: Day;
}

/** First period whose day a contract cannot change (177-ФЗ of 24.06.2025). */
const NO_OTHER_DAY_FROM: Month = month("2026-03");

/**
 * Dates of the payment document of a month. Refused with NO_LAW_DATA where no production calendar
 * covers the due day: whether it is a working one is not known then.
 *
 * @see ЖК РФ ст. 155 ч. 1, ГК РФ ст. 193
 */
export function documentDates(
  period: Month,
  switches: Switches,
  law: DueLaw,
): Result<DocumentDates, Problem> {
  let known = knownDates.get(switches);
  if (known === undefined || known.calendar !== law.calendar || known.dueDays !== law.dueDays) {
    known = { calendar: law.calendar, dueDays: law.dueDays, months: new Map() };
    knownDates.set(switches, known);
  }
  let dates = known.months.get(period);
  if (dates === undefined) {
    dates = computeDates(period, switches, law);
    known.months.set(period, dates);
  }
  return dates;
}

type DueLaw = Pick<PenaltyLaw, "calendar" | "dueDays">;

/** A million accounts with the same switches have the same few months. */
const knownDates = new WeakMap<
  Switches,
  DueLaw & { readonly months: Map<Month, Result<DocumentDates, Problem>> }
>();

function computeDates(
  period: Month,
  switches: Switches,
  { calendar, dueDays }: DueLaw,
): Result<DocumentDates, Problem> {
  const switchBy = switchOneOf(switches, "dueDate.switchBy", ["BILLING_PERIOD", "DUE_MONTH"]);
  const merged: WorkCalendar = {
    holidays: calendar.flatMap(({ value }) => value.holidays),
    movedWorkdays: calendar.flatMap(({ value }) => value.movedWorkdays),
  };
  const versions = agreedDueDays(dueDays, switches);
  // Without days off it is the day itself; with them it can only move forward, into the next year.
  const nominal = dueDateOf(period, switchBy, EVERY_DAY_WORKS, versions).due;
  const { due } = dueDateOf(period, switchBy, merged, versions);
  for (const at of [nominal, due]) {
    if (valueAt(calendar, at) !== undefined) continue;
    const values = { name: "производственный календарь", date: formatDay(at) };
    return { ok: false, problem: { code: "NO_LAW_DATA", at: formatDay(at), values } };
  }
  return { ok: true, value: { issuedOn: (endDay(period) - 1) as Day, dueOn: due } };
}

const EVERY_DAY_WORKS: WorkCalendar = { holidays: [], movedWorkdays: [] };

function agreedDueDays(
  dueDays: readonly DueDayVersion[],
  switches: Switches,
): readonly DueDayVersion[] {
  const inTime = switchOneOf(switches, "dueDate.inclusive", ["true", "false"]) === "true" ? 0 : 1;
  const agreed =
    switchText(switches, "contract.dueDay") === "LAW"
      ? null
      : switchNumber(switches, "contract.dueDay", 0);
  return dueDays.map(({ from, dayOfMonth }) => ({
    from,
    dayOfMonth: (from < NO_OTHER_DAY_FROM && agreed !== null ? agreed : dayOfMonth) - inTime,
  }));
}
