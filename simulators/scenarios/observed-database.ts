import type { Database, Parameter, Transaction } from "../../normalizer/store/database.ts";

export interface Statement {
  readonly text: string;
  readonly values: readonly Parameter[];
}

/** A moment in the life of a transaction, with the statements that it has run so far. */
export interface TransactionMoment {
  /**
   * "copied" = a COPY has ended and more may follow; "written" = everything is sent, nothing is committed; "committed" =
   * the caller does not know it yet.
   */
  readonly when: "copied" | "written" | "committed";
  readonly statements: readonly Statement[];
}

/**
 * The same database, but `reached` is awaited after each COPY and around each commit, of single statements too. With it a
 * test stops a hub at any boundary of its work, while the hub itself has no hook for tests: a boundary is known by what
 * its transaction has written.
 */
export function observedDatabase(
  database: Database,
  reached: (moment: TransactionMoment) => Promise<void>,
): Database {
  return {
    ...database,
    async execute(text, values = []) {
      const rows = await database.execute(text, values);
      await reached({ when: "committed", statements: [{ text, values }] });
      return rows;
    },
    async transaction(work, options) {
      const statements: Statement[] = [];
      const value = await database.transaction(async (transaction) => {
        const result = await work(noting(transaction, statements, reached));
        await reached({ when: "written", statements });
        return result;
      }, options);
      await reached({ when: "committed", statements });
      return value;
    },
  };
}

function noting(
  transaction: Transaction,
  statements: Statement[],
  reached: (moment: TransactionMoment) => Promise<void>,
): Transaction {
  return {
    query: (text, values = []) => {
      statements.push({ text, values });
      return transaction.query(text, values);
    },
    execute: (text, values = []) => {
      statements.push({ text, values });
      return transaction.execute(text, values);
    },
    copyIn: async (text, source) => {
      statements.push({ text, values: [] });
      const rows = await transaction.copyIn(text, source);
      await reached({ when: "copied", statements });
      return rows;
    },
    copyOut: (text) => transaction.copyOut(text),
    copyBytes: (text) => transaction.copyBytes(text),
  };
}
