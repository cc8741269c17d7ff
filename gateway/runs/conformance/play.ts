import { type Day, day, type Month } from "../../../normalizer/model/dates.ts";
import type { FactBodies } from "../../../normalizer/model/fact-bodies.ts";
import type { AccountId, AccountNumber, Shard, SiteId } from "../../../normalizer/model/ids.ts";
import type { Zone } from "../../../normalizer/model/lines.ts";
import type { FactEntry, ReadingSource } from "../../../normalizer/model/records.ts";
import { invariant } from "../../../normalizer/model/result.ts";
import type { LawFact } from "../../../normalizer/store/law.ts";

/** Before every day of any case: what has always been so. */
export const LONG_AGO = "2000-01-01";

/** A state as a consumer sends it: law's day, text as on the display. */
export interface SentReading {
  readonly account: string | null;
  readonly meter: string;
  readonly on: Day;
  readonly values: readonly { readonly zone: Zone; readonly text: string }[];
  readonly source: ReadingSource;
  /** What the control has to say of it; a held one that the case takes is confirmed by a person. */
  readonly expects: "TAKEN" | "JUDGED";
}

export interface SentMoney {
  readonly account: string;
  readonly id: string;
  readonly on: Day;
  /** Kopecks above zero. */
  readonly amount: number;
  readonly reverses: string | null;
  /** Month that the payer names. */
  readonly period: Month | null;
}

/** What becomes known while one month is open, in the order in which it is entered. */
export interface Step {
  readonly facts: FactEntry[];
  /** Sums that a second person approves. */
  readonly approved: FactEntry[];
  readonly readings: SentReading[];
  readonly money: SentMoney[];
  readonly law: LawFact[];
  /** Half-hours of business contracts, by channel: kWh 10⁻⁴ of the month. */
  readonly energy: { readonly channel: number; readonly month: Month; readonly volume: number }[];
}

/** Sums that stand in the ledger when the account comes to the store. */
export interface Opening {
  readonly account: AccountId;
  readonly kind: "OPENING" | "PENALTY";
  readonly origin: Month;
  readonly amount: number;
}

export interface PlayedAccount {
  readonly id: AccountId;
  readonly number: AccountNumber;
}

export interface AccountTerms {
  readonly category: string;
  readonly norm?: string | null;
  readonly maxPowerKw?: string;
}

/** What one case puts into the store: one site, its law by names of its own, and steps by month. */
export class Play {
  readonly id: string;
  readonly site: SiteId;
  readonly shard: Shard;
  readonly kind: FactBodies["site"]["kind"];
  readonly accounts: { readonly of: PlayedAccount; readonly terms: AccountTerms }[] = [];
  /** Business contracts, each a site of its own, with the channel that counts it. */
  readonly contracts: { readonly of: PlayedAccount; readonly channel: number }[] = [];
  readonly law: LawFact[] = [];
  readonly openings: Opening[] = [];
  readonly steps = new Map<Month, Step>();
  /** Law of penalties, which an organisation has once; "" where any will do, "NONE" where none may be. */
  penaltyKey = "";
  /** The case looks at what the closing of its last month keeps. */
  isClosed = false;
  private ids: number;
  private places = 0;

  constructor(id: string, place: number, kind: "PRIVATE_HOUSE" | "MKD") {
    this.id = id;
    this.kind = kind;
    this.site = (10_000 + place * 100) as SiteId;
    this.shard = (place % 3) as Shard;
    this.ids = this.site;
  }

  get first(): Month {
    const first = [...this.steps.keys()].sort((a, b) => a - b)[0];
    invariant(first !== undefined, `${this.id}: no month`);
    return first;
  }

  get last(): Month {
    return Math.max(...this.steps.keys()) as Month;
  }

  step(month: Month): Step {
    const known = this.steps.get(month);
    if (known !== undefined) return known;
    const step = { facts: [], approved: [], readings: [], money: [], law: [], energy: [] };
    this.steps.set(month, step);
    return step;
  }

  /** Months that are billed though nothing becomes known in them. */
  bill(from: Month, to: Month): void {
    for (let month: number = from; month <= to; month += 1) this.step(month as Month);
  }

  account(terms: AccountTerms): PlayedAccount {
    this.ids += 1;
    const of = { id: this.ids as AccountId, number: String(this.ids) as AccountNumber };
    this.accounts.push({ of, terms });
    return of;
  }

  contract(): PlayedAccount & { readonly channel: number } {
    this.ids += 1;
    const of = { id: this.ids as AccountId, number: `К-${this.ids}` as AccountNumber };
    const channel = this.ids;
    this.contracts.push({ of, channel });
    return { ...of, channel };
  }

  /** Name of something of this case that is unique in its organisation. */
  name(text: string): string {
    return `${this.id} ${text}`;
  }

  lawFact(
    kind: LawFact["kind"],
    subject: string,
    from: string,
    body: object,
    to: Day | null = null,
  ): LawFact {
    this.places += 1;
    const full = { ...body, act: `акт ${this.places}` } as LawFact["body"];
    return { kind, subject, from: day(from), to, body: full, at: this.places };
  }

  enter(month: Month, kind: string, entry: Partial<Omit<FactEntry, "kind">>): void {
    this.step(month).facts.push(entryOf(kind, entry));
  }

  /** A switch of the case's house, in force all the time. */
  switch(month: Month, name: string, value: string): void {
    this.enter(month, "switch", { whose: { site: this.site }, name, values: { value } });
  }

  read(
    month: Month,
    meter: string,
    on: Day,
    values: Readonly<Partial<Record<Zone, string>>>,
    more: Partial<Pick<SentReading, "source" | "account" | "expects">> = {},
  ): void {
    const texts = Object.entries(values).map(([zone, text]) => ({ zone: zone as Zone, text }));
    this.step(month).readings.push({
      account: null,
      meter,
      on,
      values: texts,
      source: "PORTAL",
      expects: "TAKEN",
      ...more,
    });
  }
}

export function entryOf(kind: string, entry: Partial<Omit<FactEntry, "kind">>): FactEntry {
  return {
    kind,
    action: "ADD",
    whose: {},
    name: "",
    from: LONG_AGO,
    to: null,
    values: {},
    ...entry,
  };
}
