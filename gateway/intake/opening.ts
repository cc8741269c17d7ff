import type { SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Database, Transaction } from "../../normalizer/store/database.ts";
import { openDocuments } from "../../normalizer/store/documents.ts";
import type { MessageEnd } from "../../normalizer/store/messages.ts";
import { endMessages, hashKey } from "../../normalizer/store/messages.ts";
import { writeMarks, writePairs } from "../../normalizer/store/payment-pairs.ts";
import { writePayments, writeRecognitions } from "../../normalizer/store/payments.ts";
import type { RunInShard } from "../../normalizer/store/shard-transaction.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { findKeys, takeKeys } from "../../normalizer/store/unique-keys.ts";
import { debtProblems, postDebts } from "./debt-postings.ts";
import { factProblems, writeFactChanges } from "./facts.ts";
import type { Leg } from "./legs.ts";
import { emptyLeg } from "./legs.ts";
import type { MoneyLeg } from "./money-posting.ts";
import { postMoney } from "./money-posting.ts";
import type { OpenPlan, Plan } from "./plan.ts";
import { postRecognitions, recognitionProblems } from "./recognitions.ts";
import { postRefunds, refundProblems, writePostedRefunds } from "./refunds.ts";

/** Keys that a message takes for ever once it is posted. */
function keysOf({ message, content, facts }: Plan): readonly UniqueKey[] {
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
  if (header === null) return [hash, ...facts.keys];
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
 * after another, so what was looked up in it stays true until it commits. Money that no account has is written in it
 * too: a leg in common would wait for a closing that holds common and waits for open documents.
 */
export async function openPlans(
  database: Database,
  run: RunInShard,
  plans: readonly Plan[],
): Promise<{ readonly plans: readonly OpenPlan[]; readonly refused: readonly MessageEnd[] }> {
  const opened: OpenPlan[] = [];
  for (const plan of plans) {
    if (plan.isResumed) opened.push(await database.transaction((again) => post(again, plan)));
  }
  const fresh = plans.filter((plan) => !plan.isResumed);
  if (fresh.length === 0) return { plans: opened, refused: [] };
  return run(database, COMMON_SHARD, async (common) => {
    const { transaction } = common;
    const owners = new Map<string, number>();
    for (const owner of await findKeys(transaction, fresh.flatMap(keysOf))) {
      owners.set(keyName(owner), owner.id);
    }
    const accepted: OpenPlan[] = [];
    const refused: MessageEnd[] = [];
    for (const plan of fresh) {
      const end = repeatEnd(plan, owners) ?? (await refusalOf(transaction, plan));
      if (end !== null) {
        refused.push(end);
        continue;
      }
      const open = await post(transaction, plan);
      const { money, recognitions, refunds } = open.posted;
      await writePayments(common, money.common);
      await writeMarks(common, money.pairing.marks);
      await writePairs(common, [...money.pairing.pairs, ...recognitions.pairs]);
      await writeRecognitions(common, [
        ...money.pairing.recognitions,
        ...recognitions.common,
        ...refunds.recognitions,
      ]);
      await writePostedRefunds(common, refunds);
      await writeFactChanges(common, plan.facts.changes.get(COMMON_SHARD) ?? []);
      accepted.push(open);
      for (const key of keysOf(plan)) owners.set(keyName(key), key.id);
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
    return { plans: [...opened, ...accepted], refused };
  });
}

/** Decides what the plan writes about money, and names the shards of it as legs. */
async function post(transaction: Transaction, plan: Plan): Promise<OpenPlan> {
  const money = await postMoney(transaction, plan.message, plan.money, plan.isResumed);
  const recognitions = await postRecognitions(transaction, plan);
  const refunds = await postRefunds(transaction, plan, money.common);
  const legs = new Map(plan.legs);
  const debts = await postDebts(transaction, plan);
  for (const posted of [money.legs, recognitions.legs, refunds.legs, debts]) {
    for (const [shard, leg] of posted) legs.set(shard, withMoney(plan, legs.get(shard), leg));
  }
  const document = plan.isResumed
    ? plan.document
    : { ...plan.document, legs: [...legs.keys()].sort((a, b) => a - b) };
  return { ...plan, legs, document, posted: { money, recognitions, refunds } };
}

function withMoney({ message, isResumed }: Plan, leg: Leg | undefined, money: MoneyLeg): Leg {
  const base = leg ?? { ...emptyLeg(message), isResumed };
  return {
    ...base,
    payments: [...base.payments, ...money.payments],
    entries: [...base.entries, ...money.entries],
  };
}

/** What ends a message whole that nobody had before; null = it is taken. */
async function refusalOf(transaction: Transaction, plan: Plan): Promise<MessageEnd | null> {
  const { message, receivedOn } = plan.message;
  const end = { message, receivedOn, outcome: null };
  const { refusal } = plan.money;
  if (refusal !== null) {
    const problems = [...plan.content.problems, refusal];
    return { ...end, state: "quarantined", problems };
  }
  const problems = [
    ...plan.decisions.problems,
    ...(await factProblems(transaction, plan.message, plan.facts)),
    ...(await debtProblems(transaction, plan)),
    ...(await recognitionProblems(transaction, plan)),
    ...(await refundProblems(transaction, plan)),
  ];
  return problems.length === 0 ? null : { ...end, state: "rejected", problems };
}

/** @returns how a message ends whose bytes, or whose number, another one has; null for a new one */
function repeatEnd(plan: Plan, owners: ReadonlyMap<string, number>): MessageEnd | null {
  const { message, receivedOn } = plan.message;
  let numberOwner: number | null = null;
  for (const key of keysOf(plan)) {
    const owner = owners.get(keyName(key));
    if (owner === undefined) continue;
    if (key.kind === "premises" || key.kind === "meter" || key.kind === "fact-approval") continue;
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
