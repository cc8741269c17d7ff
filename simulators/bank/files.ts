import type { Day } from "../../normalizer/model/dates.ts";
import { addDays, formatDay } from "../../normalizer/model/dates.ts";
import type { Bank } from "./bank.ts";
import type { StatementFaults } from "./statement.ts";

/** What is wrong with a file, or nothing. */
export type StatementEvent =
  | "regular"
  /** The same bytes once more. */
  | "twice"
  /** Cut in the middle; the whole one follows. */
  | "truncated"
  | "resent"
  /** From two days before, whose rows were sent already. */
  | "overlap"
  /** Says «DOS», is windows-1251. */
  | "wrong encoding"
  /** A document stands in it twice, its balances know of one. */
  | "repeated row";

/** One statement on its way to the client. */
export interface StatementSending {
  readonly sentOn: Day;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly event: StatementEvent;
  readonly via: "upload" | "folder";
}

/** What the overlapping statement goes back by. */
export const OVERLAP_DAYS = 2;

/** Statements that the bank sends at the end of a day, with what it does wrong. */
export function statementFiles(
  bank: Bank,
  today: Day,
  event: Exclude<StatementEvent, "resent">,
): readonly StatementSending[] {
  const name = `kl_to_1c_${formatDay(today)}.txt`;
  const file = { sentOn: today, name, via: "upload" as const, event };
  const ofDay = (faults: StatementFaults = {}) => bank.statement(today, today, faults);
  switch (event) {
    case "regular":
      return [{ ...file, bytes: ofDay() }];
    case "overlap": {
      const bytes = bank.statement(addDays(today, -OVERLAP_DAYS), today);
      return [{ ...file, bytes, via: "folder" }];
    }
    case "twice":
      return [
        { ...file, event: "regular", bytes: ofDay() },
        { ...file, bytes: ofDay() },
      ];
    case "truncated":
      return [
        { ...file, bytes: ofDay({ cutAt: 0.5 }) },
        { ...file, event: "resent", bytes: ofDay() },
      ];
    case "wrong encoding":
      return [{ ...file, bytes: ofDay({ wrongEncoding: true }) }];
    case "repeated row":
      return [{ ...file, bytes: ofDay({ repeatedRow: true }) }];
  }
}
