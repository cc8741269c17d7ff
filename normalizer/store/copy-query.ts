import { invariant } from "../model/result.ts";
import { CopyReader } from "./copy.ts";
import type { Transaction } from "./database.ts";

/**
 * Text of a query for COPY … TO. COPY takes no parameters, so the only values that may stand in its
 * text are safe integers: ids, shards, counters, days; a list of them stands as "1, 2, 3".
 */
export function copyQuery(
  parts: TemplateStringsArray,
  ...values: readonly (number | readonly number[])[]
): string {
  return parts.reduce((text, part, index) => {
    const value = values[index - 1];
    const numbers = [value ?? Number.NaN].flat();
    for (const number of numbers) {
      invariant(Number.isSafeInteger(number), `not a safe integer in a COPY: ${number}`);
    }
    return `${text}${numbers.join(", ")}${part}`;
  });
}

/** Rows of one query by COPY; nothing else may run on the transaction meanwhile. */
export async function readCopy(transaction: Transaction, query: string): Promise<CopyReader> {
  return new CopyReader(await transaction.copyBytes(`copy (${query}) to stdout`));
}
