import { createHash } from "node:crypto";
import type { Day } from "../../../normalizer/model/dates.ts";
import { addDays, addMonths, firstDay, formatDay } from "../../../normalizer/model/dates.ts";
import type { FactBodies, FactKind } from "../../../normalizer/model/fact-bodies.ts";
import type { EntryKind } from "../../../normalizer/model/facts.ts";
import { ENTRY_KINDS } from "../../../normalizer/model/facts.ts";
import type { Zone } from "../../../normalizer/model/lines.ts";
import { CopyWriter } from "../../../normalizer/store/copy.ts";
import { dayText } from "../../../normalizer/store/results.ts";
import { between, draw } from "../../random.ts";
import { accountNumber } from "../households.ts";
import { BANK_ACCOUNT, SUPPLIER_ZONE } from "../rows.ts";
import type { AccountPlan } from "./account.ts";
import {
  accountPlan,
  byZones,
  monthKwh,
  monthsRead,
  monthVolumes,
  openingKopecks,
  paymentsOf,
  startOf,
  TWO_ZONES,
} from "./account.ts";
import type { Dwelling, PopulationPlan, SitePlan } from "./plan.ts";
import { idsOfAccount, sitesOfBlock } from "./plan.ts";

/** What was known when the month before was billed and closed, and what has become known since. */
export type Phase = "BEFORE" | "MONTH";

export interface RowsContext {
  readonly plan: PopulationPlan;
  /** Messages that the rows name as their origin, by phase. */
  readonly messages: Readonly<Record<Phase, number>>;
  /** Per shard 0–255 the seq under which its rows are committed, by phase. */
  readonly seqs: Readonly<Record<Phase, readonly number[]>>;
}

/** Columns of the rows, by table; a table in partitions by month has its rows by partition. */
export const COLUMNS = {
  fact: `shard, site, kind, subject, valid_from, seq, end_seq, valid_to, organisation, message, at,
    author, ground, body`,
  unique_key: "key, kind, organisation, shard, site, id, message",
  reading: "shard, site, meter, state_at, seq, organisation, values, source, message, at",
  ledger_entry: `shard, site, account, value_day, seq, at, organisation, kind, period, origin, amount,
    message`,
  payment: `shard, paid_on, message, at, seq, organisation, key, source, direction, our_account,
    posted_on, amount, site, account, period, other, document_number, document_on, purpose`,
} as const;
export type PopulationTable = keyof typeof COLUMNS;

/** Months before the one to be billed that hold readings. */
export const READING_MONTHS_BEFORE = 13;

const TRAIT = { management: 201, odpu: 202, house: 203, start: 204, weight: 205 } as const;
const REPLACED_ON_DAY = 12;
const HOUSE_READ_DAY = 25;
const KWH = 10_000;
const LONG_AGO = 13_149 as Day;
export const AUTHOR = "supplier";
export const GROUND = "начальная загрузка";

/** Rows of one block in one phase. */
export class BlockRows {
  readonly context: RowsContext;
  readonly phase: Phase;
  /** By table, or by partition: "reading_2026_03". */
  readonly tables = new Map<
    string,
    { readonly table: PopulationTable; readonly rows: CopyWriter }
  >();
  readonly #openedOn: Day;
  readonly #partitions: Readonly<Record<PopulationTable, Map<Day, string>>> = {
    fact: new Map(),
    unique_key: new Map(),
    reading: new Map(),
    ledger_entry: new Map(),
    payment: new Map(),
  };

  constructor(context: RowsContext, phase: Phase) {
    this.context = context;
    this.phase = phase;
    this.#openedOn = firstDay(addMonths(context.plan.period, -36));
  }

  add(block: number): void {
    for (const site of sitesOfBlock(this.context.plan, block)) this.#addSite(site);
  }

  #addSite(site: SitePlan): void {
    const { plan } = this.context;
    const flats = site.dwellings.map((dwelling) => ({
      dwelling,
      accounts: Array.from({ length: dwelling.accounts }, (_, place) =>
        accountPlan(plan, site, dwelling, dwelling.first + place),
      ),
    }));
    if (this.phase === "BEFORE") this.#siteFact(site);
    if (site.kind === "MKD") {
      if (this.phase === "BEFORE") this.#houseFacts(site, flats);
      this.#houseReadings(site, flats);
    }
    for (const { dwelling, accounts } of flats) this.#addDwelling(site, dwelling, accounts);
  }

  #siteFact({ site, shard, kind, district, first }: SitePlan): void {
    this.#fact({ shard, site }, first, "site", String(site), LONG_AGO, null, {
      kind,
      address: `${district} р-н, ул. Полевая, д. ${first + 1}`,
      district,
      zone: SUPPLIER_ZONE,
      houseGuid: `00000000-0000-4000-8000-${site.toString(16).padStart(12, "0")}`,
    });
  }

  #houseFacts(site: SitePlan, flats: readonly Flat[]): void {
    const { plan, messages } = this.context;
    const luck = draw(plan.seed, TRAIT.management, site.first) % 100;
    const totalE1 = flats.reduce((sum, flat) => sum + flatAreaE1(flat), 0);
    this.#fact(site, site.first, "house", String(site.site), LONG_AGO, null, {
      management: luck < 60 ? "MANAGED" : luck < 95 ? "DIRECT" : "NONE",
      totalAreaM2: squareMetres(totalE1),
      commonAreaM2: squareMetres(Math.round(totalE1 * 0.15)),
      odnNorm: "MKD",
      category: site.isRural ? "RURAL" : "URBAN_GAS",
    });
    if (!hasOdpu(plan, site)) return;
    this.#fact(site, site.first, "meter", String(site.houseMeter), LONG_AGO, null, {
      account: 0,
      common: { of: "HOUSE", premises: 0, section: "" },
      point: site.housePoint,
      serial: serialOf(site.first, 2),
      zones: ["T0"],
      digits: 8,
      decimals: 0,
      ratio: ratioOf(site),
    });
    this.#key(serialOf(site.first, 2), "meter", site, site.houseMeter, messages.BEFORE);
  }

  /** What the flats consume and a tenth more or less, by whole units of the transformer. */
  #houseReadings(site: SitePlan, flats: readonly Flat[]): void {
    const { plan } = this.context;
    if (!hasOdpu(plan, site)) return;
    const accounts = flats.flatMap((flat) => flat.accounts);
    const usualKwh = accounts.reduce((sum, account) => sum + account.usualKwh, 0);
    let state = between(5_000, 400_000, plan.seed, TRAIT.start, site.first) * KWH;
    // One house of twenty is not read in the month: its mean counts.
    const last = draw(plan.seed, TRAIT.odpu, site.first) % 20 === 0 ? -1 : 0;
    for (let offset = -8; offset <= last; offset += 1) {
      const percent = between(99, 116, plan.seed, TRAIT.house, site.first, offset);
      const kwh =
        offset < -2
          ? usualKwh
          : accounts.reduce((sum, account) => sum + monthKwh(plan, account, offset), 0);
      state += Math.floor((kwh * percent) / 100 / ratioOf(site)) * KWH;
      if ((offset === 0) === (this.phase === "MONTH")) {
        this.#reading(
          site,
          site.houseMeter,
          this.#dayOf(offset, HOUSE_READ_DAY),
          [state],
          site.first,
        );
      }
    }
  }

  #addDwelling(site: SitePlan, dwelling: Dwelling, accounts: readonly AccountPlan[]): void {
    const [first] = accounts;
    if (first === undefined) return;
    if (site.kind === "MKD" && this.phase === "BEFORE")
      this.#premisesFacts(site, dwelling, accounts);
    if (dwelling.part !== "WHOLE") this.#flatReadings(site, first, accounts);
    for (const account of accounts) this.#addAccount(site, dwelling, account);
  }

  #premisesFacts(site: SitePlan, dwelling: Dwelling, accounts: readonly AccountPlan[]): void {
    const { plan, messages } = this.context;
    const ids = idsOfAccount(plan, dwelling.first);
    const number = String(dwelling.number);
    this.#fact(site, dwelling.first, "premises", String(ids.premises), LONG_AGO, null, {
      number,
      use: "RESIDENTIAL",
      areaM2: squareMetres(flatAreaE1({ dwelling, accounts })),
    });
    this.#key(`${site.site}/${number}`, "premises", site, ids.premises, messages.BEFORE);
    if (dwelling.part === "WHOLE") return;
    this.#fact(site, dwelling.first, "meter", String(ids.flatMeter), LONG_AGO, null, {
      account: 0,
      common: { of: "FLAT", premises: ids.premises, section: "" },
      point: ids.flatPoint,
      serial: serialOf(dwelling.first, 3),
      zones: ["T0"],
      digits: 6,
      decimals: 0,
      ratio: 1,
    });
    this.#key(serialOf(dwelling.first, 3), "meter", site, ids.flatMeter, messages.BEFORE);
  }

  #flatReadings(site: SitePlan, first: AccountPlan, accounts: readonly AccountPlan[]): void {
    const { plan } = this.context;
    const kwhOf = (offset: number) => [
      accounts.reduce((sum, account) => sum + monthKwh(plan, account, offset), 0) * KWH,
    ];
    this.#readings(site, idsOfAccount(plan, first.index).flatMeter, first, 1, kwhOf);
  }

  #addAccount(site: SitePlan, dwelling: Dwelling, account: AccountPlan): void {
    const { plan } = this.context;
    if (this.phase === "BEFORE") {
      this.#accountFacts(site, dwelling, account);
      this.#openings(site, account);
    } else {
      this.#monthFacts(site, account);
      this.#payments(site, account);
    }
    if (account.zones.length === 0) return;
    const zones = account.zones.length;
    const { meter } = idsOfAccount(plan, account.index);
    this.#readings(site, meter, account, zones, (offset) =>
      monthVolumes(plan, account, zones, offset),
    );
    if (account.story === "REPLACED") this.#replacement(site, account);
  }

  #accountFacts(site: SitePlan, dwelling: Dwelling, account: AccountPlan): void {
    const { plan, messages } = this.context;
    const { index } = account;
    const ids = idsOfAccount(plan, index);
    const subject = String(ids.account);
    const number = accountNumber(index);
    this.#fact(site, index, "account", subject, this.#openedOn, null, {
      number,
      holder: HOLDERS[index % HOLDERS.length] as string,
      premises: site.kind === "MKD" ? `кв. ${dwelling.number}` : "дом",
      areaM2: squareMetres(account.areaE1),
      category: account.category,
      norm: account.norm,
    });
    this.#fact(site, index, "residents", subject, this.#openedOn, null, {
      count: account.residents,
    });
    this.#key(number, "account", site, ids.account, messages.BEFORE);
    if (site.kind === "MKD") this.#occupancy(site, dwelling, account);
    if (account.zones.length > 0) this.#ownMeter(site, account);
    this.#circumstances(site, account, subject);
  }

  #occupancy(site: SitePlan, { part, first }: Dwelling, { index, areaE1 }: AccountPlan): void {
    const { plan } = this.context;
    const { premises } = idsOfAccount(plan, first);
    const subject = String(idsOfAccount(plan, index).account);
    const body: FactBodies["occupancy"] =
      part === "WHOLE"
        ? { premises, part }
        : part === "ROOM"
          ? { premises, part, livingAreaM2: squareMetres(areaE1) }
          : {
              premises,
              part,
              weight: 1 + (draw(plan.seed, TRAIT.weight, index) % 2),
              primary: index === first,
            };
    this.#fact(site, index, "occupancy", subject, this.#openedOn, null, body);
  }

  #ownMeter(site: SitePlan, account: AccountPlan): void {
    const { seqs, messages, plan } = this.context;
    const ids = idsOfAccount(plan, account.index);
    const serial = serialOf(account.index, 0);
    // The version that the act of replacement ends.
    const endSeq = account.story === "REPLACED" ? (seqs.MONTH[site.shard] ?? 0) : 0;
    const body = meterBody(ids.account, ids.point, serial, account.zones);
    this.#fact(site, account.index, "meter", String(ids.meter), this.#openedOn, null, body, endSeq);
    this.#key(serial, "meter", site, ids.meter, messages.BEFORE);
  }

  #circumstances(
    site: SitePlan,
    { index, story, hasBenefit, usualKwh }: AccountPlan,
    subject: string,
  ) {
    const { period } = this.context.plan;
    if (hasBenefit) {
      this.#fact(site, index, "benefit", `${subject}/VETERAN`, this.#openedOn, null, {
        beneficiaries: 1,
        standard: "50",
        percent: "50",
        family: false,
      });
    }
    if (story === "FIXED") {
      const body = { volume: String(usualKwh) };
      this.#fact(site, index, "fixed-volume", subject, this.#openedOn, null, body);
    } else if (story === "STOPPED") {
      const from = addDays(firstDay(addMonths(period, -1)), 9);
      this.#fact(site, index, "stop", subject, from, null, { reason: "SUSPENDED" });
    } else if (story === "DELAYED") {
      const from = firstDay(addMonths(period, -7));
      this.#fact(site, index, "meter-delay", subject, from, null, { act: `А-${index}` });
    } else if (story === "REFUSED") {
      const from = addDays(firstDay(addMonths(period, -1)), 4);
      this.#fact(site, index, "access-refused", subject, from, null, { act: `Д-${index}` });
    } else if (story === "PLOT") {
      const use = `${subject}/LIGHTING_OUTBUILDINGS`;
      this.#fact(site, index, "plot-use", use, this.#openedOn, null, { units: "32.5" });
    } else if (story === "ABSENT") {
      const body = { act: `Н-${index}` };
      this.#fact(site, index, "meter-impossible", subject, this.#openedOn, null, body);
    }
  }

  #monthFacts(site: SitePlan, { index, story, residents }: AccountPlan): void {
    const { plan } = this.context;
    const first = firstDay(plan.period);
    const subject = String(idsOfAccount(plan, index).account);
    if (story === "ABSENT") {
      const back = addDays(first, 23);
      this.#fact(site, index, "absence", `${subject}/${index}`, addDays(first, 2), back, {
        persons: residents,
      });
    } else if (story === "MANUAL") {
      const next = firstDay(addMonths(plan.period, 1));
      this.#fact(site, index, "manual-recalculation", `${subject}/${index}`, first, next, {
        amount: `-${1 + (index % 90)}.50`,
        approvedBy: "Начальник отдела",
      });
    }
  }

  /** The act of the 12th: the old meter's last state, the new meter's first one. */
  #replacement(site: SitePlan, account: AccountPlan): void {
    if (this.phase !== "MONTH") return;
    const { plan, messages } = this.context;
    const { index } = account;
    const ids = idsOfAccount(plan, index);
    const removedOn = addDays(firstDay(plan.period), REPLACED_ON_DAY - 1);
    const boundary = addDays(removedOn, 1);
    const old = meterBody(ids.account, ids.point, serialOf(index, 0), account.zones);
    this.#fact(site, index, "meter", String(ids.meter), this.#openedOn, boundary, old);
    const serial = serialOf(index, 1);
    const next = meterBody(ids.account, ids.point, serial, TWO_ZONES);
    this.#fact(site, index, "meter", String(ids.nextMeter), boundary, null, next);
    this.#key(serial, "meter", site, ids.nextMeter, messages.MONTH);
    const [first, last] = monthsRead(account.story);
    let state = startOf(plan, index, 0);
    for (let offset = first + 1; offset <= last; offset += 1)
      state += monthKwh(plan, account, offset) * KWH;
    const kwh = monthKwh(plan, account, 0);
    this.#reading(site, ids.meter, removedOn, [state + Math.floor(kwh / 3) * KWH], index);
    this.#reading(site, ids.nextMeter, removedOn, [0, 0], index);
    const since = byZones(plan, index, 2, Math.floor(kwh / 2));
    this.#reading(site, ids.nextMeter, this.#dayOf(0, account.readDay), since, index);
  }

  /** States of one meter month by month; those of the phase are rows. */
  #readings(
    site: SitePlan,
    meter: number,
    { index, story, readDay }: AccountPlan,
    zones: number,
    volumesOf: (offset: number) => readonly number[],
  ): void {
    const [first, last, without] = monthsRead(story);
    if (this.phase === "MONTH" && last < 0) return;
    const { plan } = this.context;
    let state: readonly number[] = Array.from({ length: zones }, (_, zone) =>
      startOf(plan, index, zone),
    );
    for (let offset = first; offset <= last; offset += 1) {
      if (offset > first) {
        const volumes = volumesOf(offset);
        state = state.map((value, zone) => value + (volumes[zone] ?? 0));
      }
      if (offset === without || (offset === 0) !== (this.phase === "MONTH")) continue;
      const isBad = offset === 0 && story === "BAD_REGISTER";
      const shown = isBad ? state.map((value) => value - 900 * KWH) : state;
      this.#reading(site, meter, this.#dayOf(offset, readDay), shown, index);
    }
  }

  #dayOf(offset: number, day: number): Day {
    return addDays(firstDay(addMonths(this.context.plan.period, offset)), day - 1);
  }

  #openings(site: SitePlan, account: AccountPlan): void {
    const { plan } = this.context;
    const { index } = account;
    const before = addMonths(plan.period, -2);
    const valueDay = addDays(firstDay(addMonths(plan.period, -1)), -1);
    for (const [place, amount] of openingKopecks(plan, account).entries()) {
      const origin = amount < 0 ? null : firstDay(addMonths(before, -place));
      this.#entry(site, index, "OPENING", valueDay, firstDay(before), origin, amount, place);
    }
  }

  #payments(site: SitePlan, account: AccountPlan): void {
    const { plan, messages, seqs } = this.context;
    const { index } = account;
    const first = firstDay(plan.period);
    for (const [place, { day, amount }] of paymentsOf(plan, account).entries()) {
      const paidOn = addDays(first, day - 1);
      const at = index * 2 + place;
      const key = createHash("sha256").update(`${plan.seed}/${at}`).digest("base64url");
      const rows = this.#rows("payment", paidOn);
      const paidText = dayText(paidOn);
      rows.integer(site.shard).text(paidText).integer(messages.MONTH).integer(at);
      rows
        .integer(seqs.MONTH[site.shard] ?? 0)
        .integer(plan.organisation)
        .text(key);
      rows.text("BANK").text("IN").text(BANK_ACCOUNT).text(paidText).integer(amount);
      rows.integer(site.site).integer(idsOfAccount(plan, index).account).text(null).text("{}");
      rows
        .text(String(at))
        .text(paidText)
        .text(`Оплата л/с ${accountNumber(index)}`)
        .endRow();
      this.#key(key, "payment", site, idsOfAccount(plan, index).account, messages.MONTH);
      this.#entry(site, index, "PAYMENT", paidOn, first, null, -amount, place);
    }
  }

  #entry(
    { shard, site }: SitePlan,
    index: number,
    kind: EntryKind,
    valueDay: Day,
    period: Day,
    origin: Day | null,
    amount: number,
    place: number,
  ): void {
    const { plan, messages, seqs } = this.context;
    const rows = this.#rows("ledger_entry", valueDay);
    const at = kind === "PAYMENT" ? index * 2 + place : index * 10 + place;
    rows.integer(shard).integer(site).integer(idsOfAccount(plan, index).account);
    rows
      .text(dayText(valueDay))
      .integer(seqs[this.phase][shard] ?? 0)
      .integer(at);
    rows.integer(plan.organisation).integer(ENTRY_KINDS.indexOf(kind)).text(dayText(period));
    rows.text(origin === null ? null : dayText(origin)).integer(amount);
    rows.integer(messages[this.phase]).endRow();
  }

  #reading(
    { shard, site }: SitePlan,
    meter: number,
    readOn: Day,
    values: readonly number[],
    at: number,
  ): void {
    const { plan, messages, seqs } = this.context;
    const stateAt = addDays(readOn, 1);
    const rows = this.#rows("reading", stateAt);
    rows.integer(shard).integer(site).integer(meter).text(dayText(stateAt));
    rows
      .integer(seqs[this.phase][shard] ?? 0)
      .integer(plan.organisation)
      .integers(values);
    rows.text("PORTAL").integer(messages[this.phase]).integer(at).endRow();
  }

  #fact<Kind extends FactKind>(
    { shard, site }: Pick<SitePlan, "shard" | "site">,
    at: number,
    kind: Kind,
    subject: string,
    from: Day,
    to: Day | null,
    body: FactBodies[Kind],
    endSeq = 0,
  ): void {
    const { plan, messages, seqs } = this.context;
    const rows = this.#rows("fact", null);
    rows.integer(shard).integer(site).text(kind).text(subject).text(dayText(from));
    rows.integer(seqs[this.phase][shard] ?? 0).integer(endSeq);
    rows.text(to === null ? null : dayText(to)).integer(plan.organisation);
    rows.integer(messages[this.phase]).integer(at).text(AUTHOR).text(GROUND);
    rows.text(JSON.stringify(body)).endRow();
  }

  #key(key: string, kind: string, { shard, site }: SitePlan, id: number, message: number): void {
    const rows = this.#rows("unique_key", null);
    rows.text(key).text(kind).integer(this.context.plan.organisation).integer(shard).integer(site);
    rows.integer(id).integer(message).endRow();
  }

  #rows(table: PopulationTable, day: Day | null): CopyWriter {
    const name = day === null ? table : this.#partition(table, day);
    let found = this.tables.get(name);
    if (found === undefined) {
      found = { table, rows: new CopyWriter() };
      this.tables.set(name, found);
    }
    return found.rows;
  }

  /** There are few days and millions of rows. */
  #partition(table: PopulationTable, day: Day): string {
    const names = this.#partitions[table];
    let name = names.get(day);
    if (name === undefined) {
      name = partitionOf(table, day);
      names.set(day, name);
    }
    return name;
  }
}

interface Flat {
  readonly dwelling: Dwelling;
  readonly accounts: readonly AccountPlan[];
}

/** Partition that holds the rows of a day, as `ensure_partitions` names it. */
export function partitionOf(table: PopulationTable, day: Day): string {
  return `${table}_${formatDay(day).slice(0, 7).replace("-", "_")}`;
}

function meterBody(account: number, point: number, serial: string, zones: readonly Zone[]) {
  return { account, point, serial, zones, digits: 6, decimals: 0, ratio: 1 };
}

/** Rooms share a kitchen and a corridor; shares are of one flat. */
function flatAreaE1({ dwelling, accounts }: Flat): number {
  if (dwelling.part !== "ROOM") return accounts[0]?.areaE1 ?? 0;
  return Math.round(accounts.reduce((sum, { areaE1 }) => sum + areaE1, 0) * 1.4);
}

function hasOdpu({ seed }: PopulationPlan, { first }: SitePlan): boolean {
  return draw(seed, TRAIT.odpu, first, 1) % 100 < 92;
}

function ratioOf({ dwellings }: SitePlan): number {
  return dwellings.length < 16 ? 1 : 20;
}

function squareMetres(areaE1: number): string {
  return `${Math.floor(areaE1 / 10)}.${areaE1 % 10}`;
}

/** Unique below 25 million accounts, scattered as real serial numbers are. */
function serialOf(index: number, generation: number): string {
  const scattered = Number((BigInt(index * 4 + generation + 1) * 48_271_613n) % 99_999_989n);
  return `0${String(scattered).padStart(9, "0")}`;
}

const SURNAMES = ["Абрамов", "Белов", "Волков", "Громов", "Дёмин", "Ершов", "Жуков", "Зимин"];
const HOLDERS = SURNAMES.flatMap((name) =>
  ["А. В.", "Г. П.", "И. Н."].map((of) => `${name} ${of}`),
);
