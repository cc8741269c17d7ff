import type { Parameter } from "../../../normalizer/store/database.ts";
import type { TransactionMoment } from "../observed-database.ts";

interface Boundary {
  readonly when: TransactionMoment["when"];
  /** What the transaction has written when the boundary is reached. */
  readonly wrote: RegExp;
  /** Of that statement, where several boundaries share it. */
  readonly values?: (values: readonly Parameter[]) => boolean;
  /** How often it may be passed before the kill; absent = 1, the first time is the end. */
  readonly nthMax?: number;
}

/** State and code that a message ends with: `endExchange` of the store has them as its second and fourth value. */
const exchangeEnd =
  (state: string, code: string | null) =>
  (values: readonly Parameter[]): boolean =>
    values[1] === state && values[3] === code;

const EXCHANGE_ENDED = /update exchange set state = \$2/;
const EXCHANGE_ACCEPTED = /update exchange set state = 'accepted'/;
const UNKNOWN = "OUTCOME_UNKNOWN";

/** Places between two steps of the hub where it may be killed, by the step that comes after. */
export const BOUNDARIES = {
  "capture committed, not acknowledged": {
    when: "committed",
    wrote: /insert into capture_part/,
    nthMax: 3,
  },
  "keys taken, not committed": { when: "written", wrote: /insert into document/, nthMax: 2 },
  "legs named, none written": { when: "committed", wrote: /insert into document/, nthMax: 3 },
  "leg written, not committed": { when: "written", wrote: /insert into leg/, nthMax: 3 },
  "leg k of n committed": { when: "committed", wrote: /insert into leg/, nthMax: 3 },
  "message ended": { when: "committed", wrote: /update document set done/, nthMax: 3 },
  "chunk copied, not marked": { when: "copied", wrote: /copy charge_line_/, nthMax: 3 },
  "chunk marked": { when: "committed", wrote: /update run_chunk set state/, nthMax: 3 },
  "tables attached, not approved": { when: "written", wrote: /'APPROVED'/ },
  approved: { when: "committed", wrote: /'APPROVED'/ },
  "closing written, not committed": { when: "written", wrote: /insert into closing/ },
  "closed, no checkpoint": { when: "committed", wrote: /insert into closing/ },
  "checkpoints of one shard": {
    when: "committed",
    wrote: /insert into checkpoint|copy checkpoint/,
  },
  "rows projected, not committed": {
    when: "written",
    wrote: /update delivery_cursor set/,
    nthMax: 3,
  },
  "projector between shards": {
    when: "committed",
    wrote: /update delivery_cursor set/,
    nthMax: 3,
  },
  "message prepared": { when: "committed", wrote: /insert into exchange \(/ },
  "marked sent, no byte left": { when: "committed", wrote: /update exchange set state = 'sent'/ },
  "sent, not recorded": { when: "written", wrote: EXCHANGE_ACCEPTED },
  "found without an answer": {
    when: "committed",
    wrote: EXCHANGE_ENDED,
    values: exchangeEnd("unknown", UNKNOWN),
  },
  "read back, not recorded": {
    when: "written",
    wrote: EXCHANGE_ENDED,
    values: exchangeEnd("done", UNKNOWN),
  },
  "acknowledged, not polled": { when: "committed", wrote: EXCHANGE_ACCEPTED },
  "result polled, not recorded": {
    when: "written",
    wrote: EXCHANGE_ENDED,
    values: exchangeEnd("done", null),
  },
  "result recorded": {
    when: "committed",
    wrote: EXCHANGE_ENDED,
    values: exchangeEnd("done", null),
  },
} as const satisfies Readonly<Record<string, Boundary>>;

export type BoundaryName = keyof typeof BOUNDARIES;

export function boundary(name: BoundaryName): Boundary {
  return BOUNDARIES[name];
}

export function isAt(name: BoundaryName, moment: TransactionMoment): boolean {
  const { when, wrote, values: isIts = () => true } = boundary(name);
  return (
    moment.when === when &&
    moment.statements.some(({ text, values }) => wrote.test(text) && isIts(values))
  );
}
