import type { Database } from "../../normalizer/store/database.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { OUR_ORGANISATION } from "./testing.ts";

export interface TestPayment {
  readonly message: number;
  readonly at: number;
  readonly amount: number;
  readonly purpose: string;
  readonly payer: string;
  readonly organisation?: number;
  /** Absent = nobody knows whose it is. */
  readonly account?: { readonly shard: number; readonly site: number; readonly id: number };
}

/** A payment of 2026-02-03, as intake of a statement would have committed it. */
export async function addPayment(database: Database, payment: TestPayment): Promise<void> {
  const { message, at, amount, purpose, payer, account, organisation = OUR_ORGANISATION } = payment;
  await ensurePartitions(database, "payment", ["2026-02-03"]);
  await database.execute(
    `insert into payment (shard, paid_on, message, at, seq, organisation, key, source, direction,
       our_account, posted_on, amount, site, account, other, document_number, document_on, purpose,
       code)
     values ($1, '2026-02-03', $2, $3, 1, $4, $5, 'BANK', 'IN', '40702810200000001001',
       '2026-02-04', $6, $7, $8, $9, '17', '2026-02-03', $10, $11)`,
    [
      account?.shard ?? 256,
      message,
      at,
      organisation,
      `${message}:${at}`,
      amount,
      account?.site ?? null,
      account?.id ?? null,
      JSON.stringify({ name: payer, inn: "", account: "40817810900000009001", bic: "044525225" }),
      purpose,
      account === undefined ? "UNKNOWN_ACCOUNT" : null,
    ],
  );
}
