import type { AccountRoute } from "../../normalizer/intake/money.ts";
import { movementName } from "../../normalizer/intake/money.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { addMonths, monthOf } from "../../normalizer/model/dates.ts";
import type { AccountId, OrganisationId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { RecordCounts } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import { definitionOf } from "../../normalizer/model/problem-catalogue.ts";
import type { Problem, ProblemCode, RecordOutcome } from "../../normalizer/model/problems.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import type { Queryable, Transaction } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { FoundOriginal, PaymentWrite } from "../../normalizer/store/payments.ts";
import { readRecognitions } from "../../normalizer/store/payments.ts";
import type { NewLedgerEntry } from "../../normalizer/store/posted.ts";
import { readPeriods } from "../../normalizer/store/runs.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { findKeys, takeKeys } from "../../normalizer/store/unique-keys.ts";
import type { KeyedMovement, MoneyPlan } from "./money-plan.ts";
import type { PairedAs, Pairing } from "./pairs.ts";
import { pairPayments } from "./pairs.ts";
import type { OwnMovement } from "./reversal-originals.ts";
import { findOriginalsOf, storedOriginals } from "./reversal-originals.ts";

/** What a message writes about money: in common at its opening, and in the shards of the accounts by its legs. */
export interface PostedMoney {
  readonly common: readonly PaymentWrite[];
  readonly legs: ReadonlyMap<Shard, MoneyLeg>;
  readonly counts: RecordCounts;
  readonly problems: readonly Problem[];
  /** Movements that are posted already. */
  readonly repeated: number;
  /** What of it the other source has told of, written in common too. */
  readonly pairing: Pairing;
}

export interface MoneyLeg {
  readonly payments: readonly PaymentWrite[];
  readonly entries: readonly NewLedgerEntry[];
}

/** A statement has a million keys: so many are held at once. */
const KEYS_AT_ONCE = 10_000;

/** Open period of an organisation, or the month of the day where that is later. */
export async function postingPeriods(
  queryable: Queryable,
  organisation: OrganisationId,
): Promise<(day: Day) => Month> {
  const { lastClosed } = await readPeriods(queryable, organisation);
  const open = lastClosed === null ? null : addMonths(lastClosed, 1);
  return (day) => {
    const month = monthOf(day);
    return open === null || month > open ? month : open;
  };
}

/**
 * Takes the keys of a message's movements and decides what of them is new. Call it under the lock of common, in the
 * transaction that opens the document: what is found then stays true. A message that is resumed finds its own keys
 * with the accounts that were recognised then, and decides the same.
 * While a document is open its period cannot be closed, so that the period too is the same.
 */
export async function postMoney(
  transaction: Transaction,
  message: InboxMessage,
  plan: MoneyPlan,
  isResumed: boolean,
): Promise<PostedMoney> {
  const posting = new MoneyPosting(transaction, message, isResumed);
  return posting.post(plan.movements);
}

/** A ledger entry as its row gives it. */
interface EntryOfRow extends Pick<NewLedgerEntry, "kind" | "valueDay" | "origin" | "amount"> {
  readonly at: number;
}

class MoneyPosting {
  readonly #transaction: Transaction;
  readonly #message: InboxMessage;
  readonly #isResumed: boolean;
  readonly #common: PaymentWrite[] = [];
  readonly #legs = new Map<Shard, { payments: PaymentWrite[]; entries: NewLedgerEntry[] }>();
  readonly #counts = { ...NO_RECORDS };
  readonly #problems: Problem[] = [];
  #repeated = 0;
  #periodOf: (day: Day) => Month = monthOf;

  constructor(transaction: Transaction, message: InboxMessage, isResumed: boolean) {
    this.#transaction = transaction;
    this.#message = message;
    this.#isResumed = isResumed;
  }

  async post(movements: readonly KeyedMovement[]): Promise<PostedMoney> {
    this.#periodOf = await postingPeriods(this.#transaction, this.#message.organisation);
    const payments = movements.filter(({ record }) => record.reverses === null);
    const reversals = movements.filter(({ record }) => record.reverses !== null);
    const own = await this.#takeOwn(payments, (movement) => movement.account);
    const pairing = await pairPayments(this.#transaction, this.#message, own, this.#isResumed);
    const posted = own.flatMap((movement) =>
      this.#postPaired(movement, pairing.byPlace.get(movement.record.at)),
    );
    if (reversals.length > 0) await this.#postReversals(reversals, posted);
    return {
      pairing,
      common: this.#common,
      legs: this.#legs,
      counts: this.#counts,
      problems: this.#problems,
      repeated: this.#repeated,
    };
  }

  /** Movements that no other message has; the others are counted here. */
  async #takeOwn(
    movements: readonly KeyedMovement[],
    placeOf: (movement: KeyedMovement) => AccountRoute | null,
  ): Promise<readonly OwnMovement[]> {
    const { message } = this.#message;
    const own: OwnMovement[] = [];
    const others: KeyedMovement[] = [];
    const seen = new Set<string>();
    for (const page of pages(movements)) {
      const owners = await this.#owners(
        page.map((movement) => this.#key("payment", movement.key, placeOf(movement))),
      );
      for (const movement of page) {
        const owner = owners.get(movement.key);
        if (owner?.message !== message || seen.has(movement.key)) others.push(movement);
        else own.push({ ...movement, place: routeOf(owner) });
        seen.add(movement.key);
      }
    }
    for (const page of pages(own)) {
      await this.#owners(page.flatMap((movement) => this.#contentKey(movement) ?? []));
    }
    await this.#countRepeats(others);
    return own;
  }

  /** R6: an equal statement of the same operation is a repeat, another one a conflict that a person decides. */
  async #countRepeats(movements: readonly KeyedMovement[]): Promise<void> {
    const known = new Set<string>();
    for (const page of pages(movements)) {
      const keys = page.flatMap((one) => this.#contentKey(one) ?? []);
      for (const { key } of await findKeys(this.#transaction, keys)) known.add(key);
    }
    for (const movement of movements) {
      const { record } = movement;
      const content = this.#contentKey(movement);
      if (content === null || known.has(content.key)) this.#repeated += 1;
      else this.#count(movement, ["OP_ID_CONFLICT", { operation: record.operationId ?? "" }]);
    }
  }

  #contentKey({ contentKey }: KeyedMovement): UniqueKey | null {
    return contentKey === null ? null : this.#key("payment-content", contentKey, null);
  }

  /** @returns the movement as it is posted; nothing where the other source has told of it before */
  #postPaired(movement: OwnMovement, paired: PairedAs | undefined): readonly OwnMovement[] {
    if (paired === undefined) {
      this.#postPayment(movement);
      return [movement];
    }
    if (paired.kind === "DOUBT") {
      const kept = { ...movement, ...withoutAccountProblems(movement), place: null };
      this.#write(kept, null, null, paired.code);
      this.#count(kept, [paired.code, paired.values]);
      return [kept];
    }
    this.#write(movement, null, null, null);
    this.#repeated += 1;
    for (const shard of paired.shards) this.#legOf(shard);
    if (paired.recognised !== null) {
      const { part, first } = paired.recognised;
      this.#enter(part, {
        kind: "PAYMENT",
        valueDay: first.paidDay,
        origin: first.period ?? movement.record.period,
        amount: -part.amount as Kopecks,
        at: movement.record.at,
      });
    }
    return [];
  }

  #postPayment(movement: OwnMovement): void {
    const { record, direction, place, problems } = movement;
    if (place === null) {
      const unknown = problems.find(({ code }) => isUnrecognised(code));
      this.#write(movement, null, null, unknown?.code ?? null);
      // Accounts opened since a message was killed make a name known that was not: its payment stays what it was.
      const isNowKnown = direction === "IN" && unknown === undefined;
      this.#count(movement, isNowKnown ? ["UNKNOWN_ACCOUNT", {}] : null);
      return;
    }
    this.#write(movement, place, null, null);
    this.#count(withoutAccountProblems(movement), null);
    this.#enter(place, {
      kind: "PAYMENT",
      valueDay: record.paidDay,
      origin: record.period,
      amount: -record.amount as Kopecks,
      at: record.at,
    });
  }

  async #postReversals(
    reversals: readonly KeyedMovement[],
    payments: readonly OwnMovement[],
  ): Promise<void> {
    const originals = this.#isResumed
      ? await storedOriginals(this.#transaction, this.#message, reversals)
      : await findOriginalsOf(
          this.#transaction,
          this.#message,
          await this.#untaken(reversals),
          payments,
        );
    const own = await this.#takeOwn(reversals, (reversal) => {
      const original = originals.get(reversal);
      return original === undefined ? null : placeOfOriginal(original);
    });
    const taken: UniqueKey[] = [];
    const parts: { readonly reversal: OwnMovement; readonly original: FoundOriginal }[] = [];
    const byPlace = new Map([...originals].map(([{ record }, original]) => [record.at, original]));
    for (const taking of own) {
      const reversal = { ...taking, ...withoutAccountProblems(taking) };
      const original = byPlace.get(reversal.record.at);
      if (original === undefined) {
        this.#write(reversal, null, null, "UNMATCHED_REVERSAL");
        this.#count(reversal, ["UNMATCHED_REVERSAL", {}]);
        continue;
      }
      taken.push(...this.#reversalKeys(reversal, original));
      this.#write(reversal, reversal.place, original, null);
      this.#count(reversal, null);
      parts.push({ reversal, original });
    }
    if (!this.#isResumed) await this.#owners(taken);
    await this.#enterReversals(parts);
  }

  /** Reversals that another message has posted take no original a second time. */
  async #untaken(reversals: readonly KeyedMovement[]): Promise<readonly KeyedMovement[]> {
    const taken = new Set<string>();
    for (const page of pages(reversals)) {
      const keys = page.map(({ key }) => this.#key("payment", key, null));
      for (const { key } of await findKeys(this.#transaction, keys)) taken.add(key);
    }
    return reversals.filter(({ key }) => !taken.has(key));
  }

  /** A payment that persons have recognised is taken back from each of its accounts. */
  async #enterReversals(
    reversed: readonly { readonly reversal: OwnMovement; readonly original: FoundOriginal }[],
  ): Promise<void> {
    const { organisation } = this.#message;
    const unrecognised = reversed.filter(({ reversal }) => reversal.place === null);
    const recognitions = await readRecognitions(
      this.#transaction,
      organisation,
      unrecognised.map(({ original }) => original),
    );
    for (const { reversal, original } of reversed) {
      const { record, place } = reversal;
      const entry = { kind: "REVERSAL" as const, valueDay: record.paidDay, origin: null };
      if (place !== null) {
        this.#enter(place, { ...entry, amount: record.amount as Kopecks, at: record.at });
        continue;
      }
      const amounts = new Map<AccountId, { route: AccountRoute; amount: number }>();
      for (const { payment, shard, site, account, amount } of recognitions) {
        if (payment.message !== original.message || payment.at !== original.at) continue;
        const known = amounts.get(account);
        if (known === undefined) amounts.set(account, { route: { shard, site, account }, amount });
        else known.amount += amount;
      }
      for (const { route, amount } of amounts.values()) {
        this.#enter(route, { ...entry, amount: amount as Kopecks, at: record.at });
      }
    }
  }

  #reversalKeys({ record }: OwnMovement, original: FoundOriginal): readonly UniqueKey[] {
    const { message } = this.#message;
    const name = `${message}/${record.at}`;
    const link = this.#key("reversal-original", name, null);
    return [
      { ...this.#key("reversal", original.key, null), id: record.at },
      { ...link, id: original.at, message: original.message },
    ];
  }

  /** Takes the keys, or only finds them where the document stands already. */
  async #owners(keys: readonly UniqueKey[]): Promise<ReadonlyMap<string, UniqueKey>> {
    const found = this.#isResumed
      ? await findKeys(this.#transaction, keys)
      : await takeKeys(this.#transaction, keys);
    return new Map(found.map((owner) => [owner.key, owner]));
  }

  #key(kind: UniqueKey["kind"], key: string, place: AccountRoute | null): UniqueKey {
    const { organisation, message } = this.#message;
    return {
      kind,
      key,
      organisation,
      shard: place?.shard ?? COMMON_SHARD,
      site: place?.site ?? (0 as SiteId),
      id: place?.account ?? 0,
      message,
    };
  }

  #write(
    { record, key, direction }: KeyedMovement,
    place: AccountRoute | null,
    original: FoundOriginal | null,
    code: ProblemCode | null,
  ): void {
    const { organisation, message } = this.#message;
    const reversed = original === null ? null : { message: original.message, at: original.at };
    const write = { organisation, message, record, key, direction, account: place, reversed, code };
    if (place === null) this.#common.push(write);
    else this.#legOf(place.shard).payments.push(write);
  }

  #enter(
    { shard, site, account }: AccountRoute,
    { kind, valueDay, origin, amount, at }: EntryOfRow,
  ): void {
    this.#legOf(shard).entries.push({
      kind,
      valueDay,
      origin,
      amount,
      site,
      account,
      period: this.#periodOf(valueDay),
      source: { message: this.#message.message, at },
    });
  }

  #legOf(shard: Shard) {
    let leg = this.#legs.get(shard);
    if (leg === undefined) {
      leg = { payments: [], entries: [] };
      this.#legs.set(shard, leg);
    }
    return leg;
  }

  #count(
    { record, problems }: KeyedMovement,
    more: readonly [ProblemCode, Readonly<Record<string, string>>] | null,
  ): void {
    const own: Problem[] = [...problems];
    if (more !== null) {
      const [code, values] = more;
      own.push({ code, at: String(record.at), object: movementName(record), values });
    }
    this.#problems.push(...own);
    this.#counts[outcomeOf(own)] += 1;
  }
}

/** Where the account is known after all, or the original decides, it does not matter what the names say. */
function withoutAccountProblems(movement: KeyedMovement): KeyedMovement {
  return { ...movement, problems: movement.problems.filter(({ code }) => !isUnrecognised(code)) };
}

function placeOfOriginal({ shard, site, account }: FoundOriginal): AccountRoute | null {
  return site === null || account === null ? null : { shard, site, account };
}

/** An owner's id 0 says that no account was recognised. */
function routeOf({ shard, site, id }: UniqueKey): AccountRoute | null {
  return shard === COMMON_SHARD ? null : { shard, site, account: id as AccountId };
}

function isUnrecognised(code: ProblemCode): boolean {
  return code === "UNKNOWN_ACCOUNT" || code === "AMBIGUOUS_ACCOUNT";
}

const WORST_FIRST = ["rejected", "held", "waiting"] as const;

function outcomeOf(problems: readonly Problem[]): RecordOutcome {
  const effects = new Set(problems.map(({ code }) => definitionOf(code).outcome));
  for (const outcome of WORST_FIRST) if (effects.has(outcome)) return outcome;
  return effects.size === 0 ? "accepted" : "warned";
}

function* pages<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += KEYS_AT_ONCE) {
    yield items.slice(from, from + KEYS_AT_ONCE);
  }
}
