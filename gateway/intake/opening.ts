import type { SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { openDocuments } from "../../normalizer/store/documents.ts";
import type { MessageEnd } from "../../normalizer/store/messages.ts";
import { endMessages, hashKey } from "../../normalizer/store/messages.ts";
import type { RunInShard } from "../../normalizer/store/shard-transaction.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { findKeys, takeKeys } from "../../normalizer/store/unique-keys.ts";
import type { Plan } from "./plan.ts";

/** Keys that a message takes for ever once it is posted. */
function keysOf({ message, content }: Plan): readonly UniqueKey[] {
  const key = (kind: UniqueKey["kind"], text: string): UniqueKey => ({
    kind,
    key: text,
    organisation: message.organisation,
    shard: COMMON_SHARD,
    site: 0 as SiteId,
    id: message.message,
    message: message.message,
  });
  const hash = key("message-hash", hashKey(message.channel, message.sha256));
  const { header } = content;
  if (header === null) return [hash];
  const { senderInn, messageClass, day, messageNumber } = header;
  const number = `${senderInn}/${messageClass}/${day}/${messageNumber}`;
  return [
    hash,
    key("message-number", number),
    key("message-content", `${number}/${message.sha256}`),
  ];
}

/**
 * Names the legs in common and takes the messages' keys, all in one transaction: documents are opened one normaliser
 * after another, so what was looked up in it stays true until it commits.
 */
export async function openPlans(
  database: Database,
  run: RunInShard,
  plans: readonly Plan[],
): Promise<{ readonly plans: readonly Plan[]; readonly refused: readonly MessageEnd[] }> {
  const fresh = plans.filter((plan) => !plan.isResumed);
  if (fresh.length === 0) return { plans, refused: [] };
  return run(database, COMMON_SHARD, async (common) => {
    const { transaction } = common;
    const owners = new Map<string, number>();
    for (const owner of await findKeys(transaction, fresh.flatMap(keysOf))) {
      owners.set(keyName(owner), owner.id);
    }
    const accepted: Plan[] = [];
    const refused: MessageEnd[] = [];
    for (const plan of fresh) {
      const end = repeatEnd(plan, owners);
      if (end !== null) refused.push(end);
      else {
        accepted.push(plan);
        for (const key of keysOf(plan)) owners.set(keyName(key), key.id);
      }
    }
    await takeKeys(transaction, accepted.flatMap(keysOf));
    await openDocuments(
      common,
      accepted.map((plan) => plan.document),
    );
    await endMessages(
      transaction,
      accepted.map(({ message: { message, receivedOn } }) => ({
        message,
        receivedOn,
        state: "posting",
        outcome: null,
        problems: [],
      })),
    );
    return { plans: [...plans.filter((plan) => plan.isResumed), ...accepted], refused };
  });
}

/** @returns how a message ends whose bytes, or whose number, another one has; null for a new one */
function repeatEnd(plan: Plan, owners: ReadonlyMap<string, number>): MessageEnd | null {
  const { message, receivedOn } = plan.message;
  let numberOwner: number | null = null;
  for (const key of keysOf(plan)) {
    const owner = owners.get(keyName(key));
    if (owner === undefined) continue;
    if (key.kind === "message-number") numberOwner = owner;
    else {
      const outcome = { duplicateOf: owner };
      return { message, receivedOn, state: "duplicate", outcome, problems: [] };
    }
  }
  if (numberOwner === null) return null;
  const problem: Problem = {
    code: "MESSAGE_NUMBER_CONFLICT",
    at: "message/@number",
    object: plan.message.name,
    values: { number: String(plan.content.header?.messageNumber), message: String(numberOwner) },
  };
  return { message, receivedOn, state: "rejected", outcome: null, problems: [problem] };
}

function keyName(key: Pick<UniqueKey, "kind" | "key" | "organisation">): string {
  return `${key.kind} ${key.organisation} ${key.key}`;
}
