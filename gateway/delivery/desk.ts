import { TARGETS } from "../../adapters/registry.ts";
import type { Actor } from "../../normalizer/store/access.ts";
import { addAudit } from "../../normalizer/store/access.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { DeliveryChoice, DeliveryMove } from "../../normalizer/store/delivery-moves.ts";
import {
  moveDeliveries,
  releaseDestination,
  wakeSender,
} from "../../normalizer/store/delivery-moves.ts";
import { WITHDRAWAL_SUFFIX } from "../../normalizer/store/exchanges.ts";
import type { Scope } from "../../normalizer/store/scope.ts";

/** Kinds of objects that can be taken back once they were accepted: their edge has a kind "…-withdrawal". */
async function withdrawableKinds(): Promise<readonly string[]> {
  const targets = await Promise.all(Object.values(TARGETS).map((load) => load()));
  return targets
    .flatMap(({ target }) => Object.keys(target.objects))
    .filter((kind) => kind.endsWith(WITHDRAWAL_SUFFIX))
    .map((kind) => kind.slice(0, -WITHDRAWAL_SUFFIX.length));
}

/**
 * A person holds, releases, sends again or withdraws deliveries, some or all of a cause; in the audit.
 *
 * @returns number of deliveries moved; what is on its way or of unknown outcome is left alone
 */
export async function moveByPerson(
  database: Database,
  actor: Actor,
  scope: Scope,
  destination: string,
  move: DeliveryMove,
  choice: DeliveryChoice,
): Promise<number> {
  const kinds = await withdrawableKinds();
  const moved = await database.transaction(async (transaction) => {
    const count = await moveDeliveries(transaction, scope, destination, move, choice, kinds);
    await wakeSender(transaction, destination);
    return count;
  });
  await addAudit(database, actor, {
    action: `DELIVERIES_${move.toUpperCase()}`,
    object: `destination:${destination}`,
    oldValue: null,
    newValue: { ...choice, moved },
  });
  return moved;
}

/** A person lets a stopped or resting destination send again. False = it was neither. */
export async function releaseByPerson(
  database: Database,
  actor: Actor,
  scope: Scope,
  destination: string,
): Promise<boolean> {
  const released = await releaseDestination(database, scope, destination, actor.login);
  if (!released) return false;
  await addAudit(database, actor, {
    action: "DESTINATION_RELEASED",
    object: `destination:${destination}`,
    oldValue: null,
    newValue: null,
  });
  await wakeSender(database, destination);
  return true;
}
