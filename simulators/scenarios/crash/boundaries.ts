import type { TransactionMoment } from "../observed-database.ts";

interface Boundary {
  readonly when: TransactionMoment["when"];
  /** What the transaction has written when the boundary is reached. */
  readonly wrote: RegExp;
}

/** Places between two steps of the hub where it may be killed, by the step that comes after. */
export const BOUNDARIES = {
  "capture committed, not acknowledged": { when: "committed", wrote: /insert into capture_part/ },
  "legs named, none written": { when: "committed", wrote: /insert into document/ },
  "leg written, not committed": { when: "written", wrote: /insert into leg/ },
  "leg k of n committed": { when: "committed", wrote: /insert into leg/ },
  "message ended": { when: "committed", wrote: /update message m set state/ },
  "chunk copied, not marked": { when: "copied", wrote: /copy charge_line_/ },
  "chunk marked": { when: "committed", wrote: /update run_chunk set state/ },
  "tables attached, not approved": { when: "written", wrote: /'APPROVED'/ },
  approved: { when: "committed", wrote: /'APPROVED'/ },
  "closing written, not committed": { when: "written", wrote: /insert into closing/ },
  "closed, no checkpoint": { when: "committed", wrote: /insert into closing/ },
  "checkpoints of one shard": {
    when: "committed",
    wrote: /insert into checkpoint|copy checkpoint/,
  },
} as const satisfies Readonly<Record<string, Boundary>>;

export type BoundaryName = keyof typeof BOUNDARIES;

export function isAt(name: BoundaryName, moment: TransactionMoment): boolean {
  const { when, wrote } = BOUNDARIES[name];
  return moment.when === when && moment.statements.some((statement) => wrote.test(statement));
}
