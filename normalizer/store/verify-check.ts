import type { Transaction } from "./database.ts";

export interface VerifyOptions {
  /** Called now and then with the Russian title of the check and the rows it has looked at. */
  readonly report: (title: string, checked: number) => void;
  /** Ends the work with its reason as the error. */
  readonly signal: AbortSignal;
}

/** Counts what a check looks at and keeps the first failures, as Russian sentences. */
export class Findings {
  checked = 0;
  failed = 0;
  readonly failures: string[] = [];
  readonly #title: string;
  readonly #options: VerifyOptions;
  #reportedAt = 0;

  constructor(title: string, options: VerifyOptions) {
    this.#title = title;
    this.#options = options;
  }

  /** @param count rows looked at since the last call */
  saw(count: number): void {
    this.checked += count;
    this.#options.signal.throwIfAborted();
    if (this.checked - this.#reportedAt < REPORT_ROWS) return;
    this.#reportedAt = this.checked;
    this.#options.report(this.#title, this.checked);
  }

  fail(text: string): void {
    this.failed += 1;
    if (this.failures.length < FAILURES_SHOWN) this.failures.push(text);
  }
}

export type Check = (transaction: Transaction, findings: Findings) => Promise<void>;

const REPORT_ROWS = 100_000;
const FAILURES_SHOWN = 20;

/** Rows of a query in batches, by a cursor: one at a time in a transaction. */
export async function* batches<Row>(
  transaction: Transaction,
  text: string,
  rowsMax: number,
): AsyncGenerator<Row[]> {
  await transaction.execute(`declare verified no scroll cursor for ${text}`);
  for (;;) {
    const rows = await transaction.query<Row>(`fetch ${rowsMax} from verified`);
    if (rows.length > 0) yield rows;
    if (rows.length < rowsMax) break;
  }
  await transaction.execute("close verified");
}
