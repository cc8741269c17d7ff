import type { MessageId } from "../../normalizer/model/ids.ts";
import type { WaitingEntry } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import {
  lockMessage,
  readMessages,
  readOutcome,
  settleMessage,
} from "../../normalizer/store/messages.ts";
import type { TakeableRecord } from "../../normalizer/store/waiting.ts";
import {
  addWaiting,
  hasWaiting,
  markTaken,
  readKnownNames,
  readWaitingKeys,
  readWaitingRecords,
  stillWaiting,
} from "../../normalizer/store/waiting.ts";
import { channelOf } from "./channels.ts";
import { readContent } from "./content.ts";
import { planMessage } from "./plan.ts";
import type { Intake } from "./process.ts";
import { endingOf, writePlans } from "./process.ts";

const KEYS_PER_PAGE = 1000;
const RECORDS_PER_PAGE = 10_000;

/**
 * Takes records that waited for a mapping once it appears: their message is parsed again from the stored bytes, and
 * only they are normalised. A name is tried once per version of what is known about it, so a mapping that does not
 * cover the record's day costs nothing until there is a newer one.
 */
export class WaitingDesk {
  readonly #intake: Intake;
  readonly #tried = new Map<string, number>();

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /** @returns number of records taken */
  async take(): Promise<number> {
    let takenCount = 0;
    let after = { kind: "", key: "" };
    for (;;) {
      const names = await readWaitingKeys(this.#intake.database, after, KEYS_PER_PAGE);
      const last = names.at(-1);
      if (last === undefined) return takenCount;
      after = last;
      const known = await readKnownNames(this.#intake.database, names);
      const fresh = names.filter(({ kind, key }) => {
        const version = known.get(`${kind}/${key}`);
        return version !== undefined && version !== this.#tried.get(`${kind}/${key}`);
      });
      if (fresh.length > 0) takenCount += await this.#takeNames(fresh);
      for (const { kind, key } of fresh) {
        this.#tried.set(`${kind}/${key}`, known.get(`${kind}/${key}`) ?? 0);
      }
    }
  }

  async #takeNames(names: readonly Pick<TakeableRecord, "kind" | "key">[]): Promise<number> {
    const { database } = this.#intake;
    let takenCount = 0;
    for (;;) {
      const records = await readWaitingRecords(database, names, RECORDS_PER_PAGE);
      const byMessage = new Map<MessageId, TakeableRecord[]>();
      for (const record of records) {
        const ofMessage = byMessage.get(record.message);
        if (ofMessage === undefined) byMessage.set(record.message, [record]);
        else ofMessage.push(record);
      }
      let takenNow = 0;
      for (const [message, ofMessage] of byMessage) {
        takenNow += await this.#takeOf(message, ofMessage);
      }
      takenCount += takenNow;
      if (takenNow === 0 || records.length < RECORDS_PER_PAGE) return takenCount;
    }
  }

  async #takeOf(id: MessageId, records: readonly TakeableRecord[]): Promise<number> {
    const { database } = this.#intake;
    return database.transaction(async (claim) => {
      if (!(await lockMessage(claim, id))) return 0;
      const waiting = await stillWaiting(claim, records);
      const [message] = await readMessages(database, [id]);
      if (message === undefined || waiting.length === 0) return 0;
      return this.#takeLocked(message, waiting);
    });
  }

  async #takeLocked(message: InboxMessage, records: readonly TakeableRecord[]): Promise<number> {
    const { database, channels, senders } = this.#intake;
    const knownAt = await senders.refresh();
    const content = await readContent(database, senders, {
      message,
      channel: channelOf(channels, message.channel),
      knownAt,
      only: new Set(records.map((record) => record.at)),
    });
    if (content.kind === "refused") return 0;
    // Warnings of the file as a whole were stored when it was posted, and neither money nor what
    // persons say waits.
    const nothing = { statement: null, money: [], recognitions: [], refunds: [], decisions: [] };
    const readings = { ...content, problems: [], ...nothing, factEntries: [], approvals: [] };
    const plan = await planMessage(database, message, readings, null, knownAt);
    const legs = (await writePlans(this.#intake, [plan], "again")).get(message.message) ?? [];
    const { end, waiting } = endingOf(plan, legs, null);
    const taken = records.filter((record) => !waiting.some((entry) => isSame(entry, record)));
    await database.transaction(async (transaction) => {
      await addWaiting(transaction, [{ ...message, entries: waiting }]);
      await markTaken(transaction, taken);
      const before = await readOutcome(transaction, message.message);
      const counts = before?.records ?? NO_RECORDS;
      const now = end.outcome?.records ?? NO_RECORDS;
      const places = new Set(records.map((record) => record.at)).size;
      await settleMessage(transaction, {
        ...end,
        state: (await hasWaiting(transaction, message.message)) ? "waiting" : "posted",
        outcome: {
          records: {
            accepted: counts.accepted + now.accepted,
            warned: counts.warned + now.warned,
            waiting: counts.waiting - places + now.waiting,
            held: counts.held + now.held,
            rejected: counts.rejected + now.rejected,
          },
          unchanged: (before?.unchanged ?? 0) + (end.outcome?.unchanged ?? 0),
        },
        problems: end.problems.filter((problem) => !isWaitingProblem(problem.code)),
      });
    });
    return taken.length;
  }
}

function isSame(entry: WaitingEntry, record: TakeableRecord): boolean {
  return entry.kind === record.kind && entry.key === record.key && entry.at === record.at;
}

/** Problems of records that go on waiting stand already. */
function isWaitingProblem(code: string): boolean {
  return code.startsWith("UNKNOWN_");
}
