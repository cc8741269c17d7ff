import type { DeliveryState } from "../model/outbound.ts";
import type { Queryable } from "./database.ts";
import { DELIVERY_CHANNEL } from "./deliveries.ts";
import { WITHDRAWAL_SUFFIX } from "./exchanges.ts";
import type { Scope } from "./scope.ts";

/** What a person may do with deliveries. */
export type DeliveryMove = "hold" | "release" | "resend" | "withdraw";

/** Which deliveries: some, or all of a cause. */
export type DeliveryChoice =
  | { readonly objects: readonly string[] }
  | { readonly state: DeliveryState; readonly code: string | null | "any" };

/**
 * States that a move begins in. What is on its way or of unknown outcome is nobody's to touch: the engine reads back
 * first, or the same document would stand twice.
 */
const MOVES: Readonly<
  Record<DeliveryMove, { readonly from: readonly DeliveryState[]; readonly to: DeliveryState }>
> = {
  hold: { from: ["waiting"], to: "held" },
  release: { from: ["held"], to: "waiting" },
  resend: { from: ["refused"], to: "waiting" },
  withdraw: { from: ["waiting", "held", "refused", "confirmed"], to: "withdrawn" },
};

const TAKEN_BACK = "$5 = 'withdrawn' and confirmed_hash is not null";

/**
 * Moves the chosen deliveries that stand in a state which the move begins in; the others stay as they are. Withdrawn is
 * what the counterpart has nothing of; what stands there waits to be taken back, where its edge can.
 *
 * @param withdrawable kinds that can be taken back
 * @returns number of deliveries moved
 */
export async function moveDeliveries(
  queryable: Queryable,
  scope: Scope,
  destination: string,
  move: DeliveryMove,
  choice: DeliveryChoice,
  withdrawable: readonly string[],
): Promise<number> {
  const { from, to } = MOVES[move];
  const some = "objects" in choice;
  return queryable.execute(
    `update delivery set
       state = case when ${TAKEN_BACK} then 'waiting' else $5 end,
       kind = case when ${TAKEN_BACK} then kind || '${WITHDRAWAL_SUFFIX}' else kind end,
       changed_at = now(), next_at = now(), attempts = 0,
       limited_failures = 0, batch = null,
       code = case when $5 = 'waiting' then null else code end,
       foreign_code = case when $5 = 'waiting' then null else foreign_code end,
       text = case when $5 = 'waiting' then null else text end
     where organisation = $1 and $2::text[] is null and destination = $3 and state = any ($4)
       and ($5 <> 'withdrawn' or confirmed_hash is null or kind = any ($9))
       and ($6::text[] is null or object = any ($6))
       and ($7::text is null or state = $7 and ($8 = 'any' or code is not distinct from $8))`,
    [
      scope.organisation,
      scope.districts,
      destination,
      from,
      to,
      some ? choice.objects : null,
      some ? null : choice.state,
      some ? null : choice.code,
      withdrawable,
    ],
  );
}

/**
 * Lets a stopped or resting destination send again.
 *
 * @returns false when it was not stopped
 */
export async function releaseDestination(
  queryable: Queryable,
  scope: Scope,
  destination: string,
  author: string,
): Promise<boolean> {
  const released = await queryable.execute(
    `update destination_state set stopped = false, until = null, author = $4, at = now()
     where destination = $3 and organisation = $1 and $2::text[] is null
       and (stopped or until > now())`,
    [scope.organisation, scope.districts, destination, author],
  );
  return released === 1;
}

/** Tells the sender of the destination that rows wait. */
export async function wakeSender(queryable: Queryable, destination: string): Promise<void> {
  await queryable.query("select pg_notify($1, $2)", [DELIVERY_CHANNEL, destination]);
}
