import type { Day } from "../model/dates.ts";
import type { ReadingContext, ReadingWrite, RecordCounts } from "../model/intake-facts.ts";
import { NO_RECORDS } from "../model/intake-facts.ts";
import type { Problem } from "../model/problems.ts";
import type { StoredHeldReading } from "../model/reading-facts.ts";
import type { ReadingDecisionRecord } from "../model/records.ts";
import { ControlSwitches } from "./control-limits.ts";
import { judgeReading } from "./reading-checks.ts";
import { factOf, isLate, meterText, routeOn } from "./readings.ts";

/** What a person's word about a held reading does. */
export interface DecidedReading {
  /** False: the word came to nothing, and the reading is as it was. */
  readonly isTaken: boolean;
  /** The confirmed reading, at the place of the message that brought it; null where it makes none. */
  readonly write: ReadingWrite | null;
  readonly problems: readonly Problem[];
  readonly counts: RecordCounts;
}

/**
 * A confirmed reading passes all of reading control again, on what stands now, save what only a
 * person can tell: how unusual it is, and which of two readings of one source is right. It may lie
 * between others. What fits no more stays held.
 *
 * @param receivedOn day of the capture that brought the reading
 */
export function decideReading(
  { decision, at }: ReadingDecisionRecord,
  held: StoredHeldReading,
  context: ReadingContext,
  receivedOn: Day,
): DecidedReading {
  const object = meterText(held.accountNumber, held.serial);
  const told = (code: Problem["code"], values: NonNullable<Problem["values"]>): Problem => ({
    ...{ code, at: String(at), object, values },
  });
  const counted = (outcome: keyof RecordCounts) => ({ ...NO_RECORDS, [outcome]: 1 });
  if (held.status !== "HELD" || held.decision !== null) {
    const values = { event: WORDS[decision], state: stateOf(held) };
    const problems = [told("UNEXPECTED_EVENT", values)];
    return { isTaken: false, write: null, problems, counts: counted("rejected") };
  }
  if (decision === "REFUSED") {
    return { isTaken: true, write: null, problems: [], counts: counted("accepted") };
  }
  const { readOn, typed, source } = held;
  const versions = (context.meters.get(held.serial) ?? []).filter(
    ({ meter }) => meter === held.meter,
  );
  const route = routeOn(versions, readOn);
  if (route === null) {
    const problems = [told("STATE", { meter: held.serial })];
    return { isTaken: false, write: null, problems, counts: counted("rejected") };
  }
  const given = { ...route, readOn, typed, source };
  const limits = new ControlSwitches(context.switches).limitsAt(route.meter, readOn);
  const inForce = context.stored
    .filter(({ meter }) => meter === held.meter)
    .sort((a, b) => a.stateAt - b.stateAt);
  const known = { inForce, held: context.held, limits, receivedOn, isConfirmed: true };
  const verdict = judgeReading(given, known);
  const problems = verdict.code === null ? [] : [told(verdict.code, verdict.details)];
  switch (verdict.effect) {
    case "no-op":
      return { isTaken: true, write: null, problems, counts: counted("warned") };
    case "held":
    case "rejected":
      return { isTaken: false, write: null, problems, counts: counted("rejected") };
  }
  const { fact } = factOf(given, verdict, limits, held.at);
  if (isLate(fact, context.openFrom)) problems.push(told("LATE_FACT", {}));
  const outcome = problems.length === 0 ? "accepted" : "warned";
  const write = { fact, replaces: verdict.isSameDay };
  return { isTaken: true, write, problems, counts: counted(outcome) };
}

const WORDS = { CONFIRMED: "подтверждение", REFUSED: "отказ" } as const;

function stateOf({ decision }: StoredHeldReading): string {
  if (decision === null) return "отклонено правилами";
  return decision.kind === "CONFIRMED" ? "уже подтверждено" : "уже отклонено";
}
