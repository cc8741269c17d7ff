import { draw } from "../random.ts";

/** What goes wrong with one request. */
export type Fault =
  /** The connection breaks and nothing was done. */
  | { readonly kind: "lost-before" }
  /** Everything was done, and the connection breaks before the answer. */
  | { readonly kind: "lost-after" }
  /** Everything was done, and the connection breaks in the middle of the answer. */
  | { readonly kind: "cut" }
  /** A proxy answers with a page of its own; `done` = the request had passed it. */
  | { readonly kind: "http"; readonly status: 400 | 502 | 503 | 504; readonly done?: boolean }
  | { readonly kind: "soap-fault"; readonly code: string }
  /** Acknowledged; the result is an ErrorMessage for the whole message, and nothing of it was done. */
  | { readonly kind: "message-error"; readonly code: string }
  /** Acknowledged and then forgotten: every poll is answered with INT002013. `done` = its objects stand. */
  | { readonly kind: "forgotten"; readonly done: boolean }
  | { readonly kind: "slow"; readonly ms: number };

/** Chances of one request in a thousand, drawn by the seed and the ordinal of the request. */
export interface FaultRates {
  readonly seed: number;
  readonly perMille: Partial<Readonly<Record<Fault["kind"], number>>>;
  /** Of each object of an import, refused with INT002000. */
  readonly objectsPerMille?: number;
  /** Wait of a slow answer; 200 ms when absent. */
  readonly slowMs?: number;
}

/** Objects that are refused, so many times or until the rule is taken back. */
export interface ObjectRule {
  readonly code: string;
  /** Absent = without end. */
  readonly times?: number;
  /** Numbers of accounts, as the supplier prints them; absent = any. */
  readonly accounts?: readonly string[];
}

const HTTP_STATUSES = [502, 503, 504] as const;
const TRANSIENT = ["EXP001000", "EXP002001", "EXP002002", "EXP002003", "INT002018"] as const;
/** Order of the draws; a request has one fault at most. */
const KINDS: readonly Fault["kind"][] = [
  "lost-before",
  "lost-after",
  "cut",
  "http",
  "soap-fault",
  "message-error",
  "forgotten",
  "slow",
];
/** Faults that only a message which is acknowledged can have. */
const OF_ASYNCHRONOUS: ReadonlySet<Fault["kind"]> = new Set(["message-error", "forgotten"]);

interface Scripted {
  readonly fault: Fault;
  readonly operation: string | undefined;
  left: number;
}

export class Faults {
  readonly #script: Scripted[] = [];
  /** With the refusals that each has left. */
  readonly #rules = new Map<ObjectRule, number>();
  readonly #rates: FaultRates | null;
  /** How often each kind came, scripted or drawn. */
  readonly happened: Record<string, number> = {};

  constructor(rates: FaultRates | null) {
    this.#rates = rates;
  }

  inject(fault: Fault, operation: string | undefined, times: number): void {
    this.#script.push({ fault, operation, left: times });
  }

  addRule(rule: ObjectRule): () => void {
    this.#rules.set(rule, rule.times ?? Number.POSITIVE_INFINITY);
    return () => this.#rules.delete(rule);
  }

  /** The next fault of the script for this operation, else one by the seed. */
  next(operation: string, asynchronous: boolean, ordinal: number): Fault | null {
    const fault = this.#scripted(operation) ?? this.#drawn(asynchronous, ordinal);
    if (fault !== null) this.happened[fault.kind] = (this.happened[fault.kind] ?? 0) + 1;
    return fault;
  }

  #scripted(operation: string): Fault | null {
    const index = this.#script.findIndex(
      (scripted) => scripted.operation === undefined || scripted.operation === operation,
    );
    const scripted = this.#script[index];
    if (scripted === undefined) return null;
    scripted.left -= 1;
    if (scripted.left <= 0) this.#script.splice(index, 1);
    return scripted.fault;
  }

  #drawn(asynchronous: boolean, ordinal: number): Fault | null {
    if (this.#rates === null) return null;
    const { seed, perMille, slowMs = 200 } = this.#rates;
    for (const [index, kind] of KINDS.entries()) {
      if (OF_ASYNCHRONOUS.has(kind) && !asynchronous) continue;
      if (draw(seed, ordinal, index) % 1000 >= (perMille[kind] ?? 0)) continue;
      const choice = draw(seed, ordinal, index, 1);
      switch (kind) {
        case "http": {
          const status = HTTP_STATUSES[choice % HTTP_STATUSES.length] ?? 502;
          return { kind, status, done: choice % 2 === 1 };
        }
        case "soap-fault":
        case "message-error":
          return { kind, code: TRANSIENT[choice % TRANSIENT.length] ?? TRANSIENT[0] };
        case "forgotten":
          return { kind, done: choice % 2 === 1 };
        case "slow":
          return { kind, ms: slowMs };
        default:
          return { kind };
      }
    }
    return null;
  }

  /** Code with which an object is refused, or null. */
  ofObject(account: string | undefined, ordinal: number, index: number): string | null {
    for (const [rule, left] of this.#rules) {
      const { code, accounts } = rule;
      const isMeant = account !== undefined && accounts?.includes(account) === true;
      if (left === 0 || (accounts !== undefined && !isMeant)) continue;
      this.#rules.set(rule, left - 1);
      return code;
    }
    const perMille = this.#rates?.objectsPerMille ?? 0;
    if (perMille === 0) return null;
    return draw(this.#rates?.seed ?? 0, ordinal, index, 2) % 1000 < perMille ? "INT002000" : null;
  }
}
