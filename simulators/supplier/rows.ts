import type { Day } from "../../normalizer/model/dates.ts";
import { addDays, addMonths, firstDay, formatDay } from "../../normalizer/model/dates.ts";
import type { FactBodies, FactKind } from "../../normalizer/model/fact-bodies.ts";
import { ENTRY_KINDS } from "../../normalizer/model/facts.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Business } from "./businesses.ts";
import { business, HEAD_END_INN, HEAD_END_NAME } from "./businesses.ts";
import type { Household, RegisterState } from "./households.ts";
import { household, knownStates } from "./households.ts";
import type { SupplierPlan } from "./plan.ts";

/** What the rows of one load have in common. */
export interface LoadContext {
  readonly plan: SupplierPlan;
  /** The message that the rows name as their origin. */
  readonly message: number;
  /** Per shard 0–256 the seq under which its rows are committed. */
  readonly seqs: readonly number[];
}

/** A table with its columns in the order of its rows, and the rows as lines of COPY text. */
export interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  rows(context: LoadContext): Iterable<string>;
}

/** Account that the supplier's documents name as payee's and its bank writes statements of. */
export const BANK_ACCOUNT = "40702810400000000017";

/** Zone of all sites of the synthetic supplier. */
export const SUPPLIER_ZONE = "Europe/Moscow";

export const FACTS: TableRows = {
  table: "fact",
  columns: [
    "shard",
    "site",
    "kind",
    "subject",
    "valid_from",
    "seq",
    "valid_to",
    "organisation",
    "message",
    "at",
    "author",
    "ground",
    "body",
  ],
  rows: factRows,
};

export const KEYS: TableRows = {
  table: "unique_key",
  columns: ["key", "kind", "organisation", "shard", "site", "id", "message"],
  rows: keyRows,
};

export const READINGS: TableRows = {
  table: "reading",
  columns: [
    "shard",
    "site",
    "meter",
    "state_at",
    "seq",
    "organisation",
    "values",
    "source",
    "message",
    "at",
  ],
  rows: readingRows,
};

/** Debts and advances that the consumers bring along from the time before. */
export const LEDGER: TableRows = {
  table: "ledger_entry",
  columns: [
    "shard",
    "site",
    "account",
    "value_day",
    "seq",
    "at",
    "organisation",
    "kind",
    "period",
    "origin",
    "amount",
    "message",
  ],
  rows: ledgerRows,
};

/** Every table that a supplier fills, in the order of loading. */
export const TABLES: readonly TableRows[] = [FACTS, KEYS, READINGS, LEDGER];

interface Place {
  readonly shard: number;
  readonly site: number;
}

const COMMON: Place = { shard: COMMON_SHARD, site: 0 };

function* factRows(context: LoadContext): Iterable<string> {
  const { plan } = context;
  yield fact(context, 0, COMMON, "organisation", String(plan.organisation), LONG_AGO, null, {
    name: "ООО «Энскэнергосбыт» (условный поставщик)",
    inn: "5001000010",
    kpp: "500101001",
    address: "г. Энск, пл. Энергетиков, д. 1",
    phone: "+7 (495) 000-00-17",
  });
  yield fact(context, 0, COMMON, "bank-account", BANK_ACCOUNT, LONG_AGO, null, {
    bankName: "АО «Энскбанк» (условный банк)",
    bic: "044500017",
    correspondentAccount: "30101810000000000017",
    main: true,
  });
  yield fact(context, 0, COMMON, "partner", HEAD_END_INN, LONG_AGO, null, {
    name: HEAD_END_NAME,
    zone: SUPPLIER_ZONE,
  });
  for (let index = 0; index < plan.households; index += 1) {
    yield* householdFacts(context, index, household(plan, index));
  }
  for (let index = 0; index < plan.businesses; index += 1) {
    yield* businessFacts(context, plan.households + index, business(plan, index));
  }
}

function* householdFacts(context: LoadContext, at: number, who: Household): Iterable<string> {
  const { ids } = who;
  const place = { shard: ids.shard, site: ids.site };
  const account = String(ids.account);
  if (ids.opensSite) {
    yield fact(context, at, place, "site", String(ids.site), LONG_AGO, null, {
      kind: ids.building,
      address: who.address,
      district: "Энский",
      zone: SUPPLIER_ZONE,
      houseGuid: houseGuid(ids.site),
    });
  }
  yield fact(context, at, place, "account", account, who.openedOn, null, {
    number: who.number,
    holder: who.holder,
    premises: who.premises,
    areaM2: who.areaM2,
    category: who.category,
    norm: who.norm,
  });
  yield fact(context, at, place, "residents", account, who.openedOn, null, {
    count: who.residents,
  });
  for (const meter of who.meters) {
    const subject = String(meter.meter);
    yield fact(context, at, place, "meter", subject, meter.validFrom, meter.validTo, {
      account: ids.account,
      point: ids.point,
      serial: meter.serial,
      zones: meter.zones,
      digits: meter.digits,
      decimals: meter.decimals,
      ratio: 1,
    });
  }
}

/** As the ФИАС of a synthetic house: the site's id in the form of a GUID. */
function houseGuid(site: number): string {
  return `00000000-0000-4000-8000-${site.toString(16).padStart(12, "0")}`;
}

function* businessFacts(context: LoadContext, at: number, who: Business): Iterable<string> {
  const { contract, shard } = who.ids;
  const place = { shard, site: contract };
  yield fact(context, at, place, "site", String(contract), LONG_AGO, null, {
    kind: "BUSINESS",
    address: who.address,
    district: "Энский",
    zone: SUPPLIER_ZONE,
  });
  yield fact(context, at, place, "contract", String(contract), who.openedOn, null, {
    number: who.number,
    party: who.party,
    inn: who.inn,
    priceCategory: 1,
    maxPowerKw: who.maxPowerKw,
    voltageLevel: who.voltageLevel,
  });
  for (const point of who.points) {
    yield fact(context, at, place, "supply-point", String(point.point), who.openedOn, null, {
      account: contract,
      name: point.name,
      channel: point.activeChannel,
    });
    if (!point.mapped) continue;
    for (const [subject, body] of channelMaps(who, point)) {
      yield fact(context, at, COMMON, "channel-map", subject, LONG_AGO, null, body);
    }
  }
}

/** The two facts that tie a head-end's code to the point: active energy is billed, reactive is kept. */
export function channelMaps(
  who: Business,
  point: Business["points"][number],
): readonly (readonly [subject: string, body: FactBodies["channel-map"]])[] {
  const where = { shard: who.ids.shard, site: who.ids.contract, point: point.point };
  const key = `${HEAD_END_INN}/${who.inn}/${point.code}`;
  return [
    [`${key}/01`, { ...where, channel: point.activeChannel, role: "CONSUMPTION" }],
    [`${key}/03`, { ...where, channel: point.reactiveChannel, role: "REACTIVE" }],
  ];
}

function* keyRows({ plan, message }: LoadContext): Iterable<string> {
  for (let index = 0; index < plan.households; index += 1) {
    const { ids, number, meters } = household(plan, index);
    const tail = `${plan.organisation}\t${ids.shard}\t${ids.site}`;
    yield `${number}\taccount\t${tail}\t${ids.account}\t${message}\n`;
    for (const { meter, serial } of meters) {
      yield `${serial}\tmeter\t${tail}\t${meter}\t${message}\n`;
    }
  }
  for (let index = 0; index < plan.businesses; index += 1) {
    const { ids, number } = business(plan, index);
    const tail = `${plan.organisation}\t${ids.shard}\t${ids.contract}\t${ids.contract}\t${message}`;
    yield `${number}\taccount\t${tail}\n`;
  }
}

/** One reading that stands before the first message, with its row in the file of the load. */
export interface OpeningReading {
  readonly row: number;
  readonly who: Household;
  readonly state: RegisterState;
}

/** In the order of accounts and days; rows from 2, the first one holds the names of the columns. */
export function* openingReadings(plan: SupplierPlan): Iterable<OpeningReading> {
  let row = 1;
  for (let index = 0; index < plan.households; index += 1) {
    const who = household(plan, index);
    for (const state of knownStates(plan, index, who)) {
      row += 1;
      yield { row, who, state };
    }
  }
}

function* readingRows({ plan, message, seqs }: LoadContext): Iterable<string> {
  for (const { row, who, state } of openingReadings(plan)) {
    const { shard, site } = who.ids;
    const stateAt = formatDay(addDays(state.readOn, 1));
    yield `${shard}\t${site}\t${state.meter.meter}\t${stateAt}\t${seqs[shard]}\t` +
      `${plan.organisation}\t{${state.values.join(",")}}\t${state.source}\t${message}\t${row}\n`;
  }
}

/** An opening sum belongs to the month before the first billed one; an advance to none. */
function* ledgerRows({ plan, message, seqs }: LoadContext): Iterable<string> {
  const valueDay = formatDay(addDays(firstDay(plan.period), -1));
  const before = formatDay(firstDay(addMonths(plan.period, -1)));
  const kind = ENTRY_KINDS.indexOf("OPENING");
  for (let index = 0; index < plan.households; index += 1) {
    const { ids, openingKopecks } = household(plan, index);
    if (openingKopecks === 0) continue;
    const origin = openingKopecks > 0 ? before : "\\N";
    yield `${ids.shard}\t${ids.site}\t${ids.account}\t${valueDay}\t${seqs[ids.shard]}\t${index}\t` +
      `${plan.organisation}\t${kind}\t${before}\t${origin}\t${openingKopecks}\t${message}\n`;
  }
}

/** Organisations, sites and partners are older than any month of the demo or the real files. */
const LONG_AGO = 13_149 as Day;

function fact<Kind extends FactKind>(
  { plan, message, seqs }: LoadContext,
  at: number,
  { shard, site }: Place,
  kind: Kind,
  subject: string,
  validFrom: Day,
  validTo: Day | null,
  body: FactBodies[Kind],
): string {
  const to = validTo === null ? "\\N" : formatDay(validTo);
  return (
    `${shard}\t${site}\t${kind}\t${subject}\t${formatDay(validFrom)}\t${seqs[shard]}\t${to}\t` +
    `${plan.organisation}\t${message}\t${at}\tsupplier\tначальная загрузка\t` +
    `${JSON.stringify(body).replaceAll("\\", "\\\\")}\n`
  );
}
