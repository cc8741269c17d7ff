import { invariant } from "../model/result.ts";
import { CopyReader } from "./copy.ts";
import type { Transaction } from "./database.ts";

/** Text of a query for COPY … TO, or of a part of one. Only `copyQuery` makes it. */
export class CopyQuery {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * Text of a query for COPY … TO. COPY takes no parameters, so the only values that may stand in its
 * text are safe integers: ids, shards, counters, days; a list of them stands as "1, 2, 3". A part
 * of a query was made by the same rule.
 */
export function copyQuery(
  parts: TemplateStringsArray,
  ...values: readonly (number | readonly number[] | CopyQuery)[]
): CopyQuery {
  const text = parts.reduce((before, part, index) => {
    const value = values[index - 1] ?? Number.NaN;
    return `${before}${value instanceof CopyQuery ? value.text : numbersOf(value)}${part}`;
  });
  return new CopyQuery(text);
}

function numbersOf(value: number | readonly number[]): string {
  const numbers = [value].flat();
  for (const number of numbers) {
    invariant(Number.isSafeInteger(number), `not a safe integer in a COPY: ${number}`);
  }
  return numbers.join(", ");
}

/** Rows of one query by COPY; nothing else may run on the transaction meanwhile. */
export async function readCopy(transaction: Transaction, query: CopyQuery): Promise<CopyReader> {
  return new CopyReader(await readCopyBytes(transaction, query));
}

/** The same rows as bytes, for what takes them apart later. */
export function readCopyBytes(
  transaction: Pick<Transaction, "copyBytes">,
  { text }: CopyQuery,
): Promise<Buffer> {
  return transaction.copyBytes(`copy (${text}) to stdout`);
}
