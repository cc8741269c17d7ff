import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { DeliveryState } from "../../normalizer/model/outbound.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { OUR_ORGANISATION } from "./testing.ts";

export interface TestDelivery {
  readonly destination: string;
  readonly shard: number;
  readonly object: string;
  readonly state: DeliveryState;
  readonly account: { readonly id: number; readonly number: string } | null;
  readonly needs?: readonly string[];
  readonly code?: string;
  readonly organisation?: OrganisationId;
}

/** A row of the outbox as the engine would have left it, changed at 2026-02-03T10:00:00Z. */
export async function addDelivery(database: Database, row: TestDelivery): Promise<void> {
  const { destination, shard, object, state, account, needs = [], code = null } = row;
  const { organisation = OUR_ORGANISATION } = row;
  await database.execute(
    `insert into delivery (shard, destination, object, kind, organisation, account, needs,
       content_hash, content, state, code, confirmed_hash, attempts, next_at, changed_at)
     values ($1, $2, $3, split_part($3, '/', 1), $4, $5, $6, '\\x01', $7, $8, $9, $10, $11, now(),
       '2026-02-03T10:00:00Z')`,
    [
      shard,
      destination,
      object,
      organisation,
      account?.id ?? null,
      needs,
      JSON.stringify({ account: { number: account?.number } }),
      state,
      code,
      state === "confirmed" ? Buffer.of(1) : null,
      state === "waiting" ? 0 : 1,
    ],
  );
}

export interface TestExchange {
  readonly id: number;
  readonly destination: string;
  readonly request: string;
  readonly answer: string;
  readonly object: { readonly shard: number; readonly key: string };
  readonly refusal: { readonly code: string; readonly foreignCode: string; readonly text: string };
}

/** A message of one object, sent at 09:00:01 and refused at 10:00:00 of 2026-02-03. */
export async function addExchange(database: Database, exchange: TestExchange): Promise<void> {
  const { id, destination, request, answer, object, refusal } = exchange;
  await database.execute(
    `insert into exchange (id, organisation, destination, operation, kind, message_id, state,
       request, answer, polls, next_at, created_at, sent_at, ended_at)
     values ($1, $2, $3, 'importPaymentDocumentData', 'payment-document', 'm-1', 'done', $4, $5, 2,
       now(), '2026-02-03T09:00:00Z', '2026-02-03T09:00:01Z', '2026-02-03T10:00:00Z')`,
    [id, OUR_ORGANISATION, destination, Buffer.from(request), Buffer.from(answer)],
  );
  await database.execute(
    `insert into exchange_object (exchange, shard, object, content_hash, outcome, code,
       foreign_code, text)
     values ($1, $2, $3, '\\x01', 'refused', $4, $5, $6)`,
    [id, object.shard, object.key, refusal.code, refusal.foreignCode, refusal.text],
  );
}
