import type { Database, Transaction } from "../../normalizer/store/database.ts";

/** A moment in the life of a transaction, with the statements that it has run so far. */
export interface TransactionMoment {
  /** "written" = everything is sent, nothing is committed; "committed" = the caller does not know it yet. */
  readonly when: "written" | "committed";
  readonly statements: readonly string[];
}

/**
 * The same database, but `reached` is awaited around each commit. With it a test stops a hub at any boundary of its
 * work, while the hub itself has no hook for tests: a boundary is known by what its transaction has written.
 */
export function observedDatabase(
  database: Database,
  reached: (moment: TransactionMoment) => Promise<void>,
): Database {
  return {
    ...database,
    async transaction(work, options) {
      const statements: string[] = [];
      const value = await database.transaction(async (transaction) => {
        const result = await work(noting(transaction, statements));
        await reached({ when: "written", statements });
        return result;
      }, options);
      await reached({ when: "committed", statements });
      return value;
    },
  };
}

function noting(transaction: Transaction, statements: string[]): Transaction {
  return {
    query: (text, values) => {
      statements.push(text);
      return transaction.query(text, values);
    },
    execute: (text, values) => {
      statements.push(text);
      return transaction.execute(text, values);
    },
    copyIn: (text, source) => {
      statements.push(text);
      return transaction.copyIn(text, source);
    },
    copyOut: (text) => transaction.copyOut(text),
    copyBytes: (text) => transaction.copyBytes(text),
  };
}
