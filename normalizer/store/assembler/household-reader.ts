import type { Day, DayRange } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type { AccountId, MessageId, MeterId, PremisesId, SiteId } from "../../model/ids.ts";
import type { Zone } from "../../model/lines.ts";
import { invariant } from "../../model/result.ts";
import { CopyReader } from "../copy.ts";
import type { FactRow, Subject } from "./fact-rows.ts";
import type {
  AccountRows,
  HouseholdRows,
  HouseRows,
  MeterRows,
  PremisesRows,
  Version,
} from "./household-rows.ts";

/** Kinds by their number in the query, less one; the body of those from `BODY_FROM` on is read whole. */
const KINDS = [
  "site",
  "account",
  "residents",
  "meter",
  "meter-fault",
  "house",
  "premises",
  "occupancy",
  "owners",
  "fixed-volume",
  "stop",
  "access-refused",
  "meter-delay",
  "meter-impossible",
  "absence",
  "breach",
  "benefit",
  "plot-use",
  "manual-recalculation",
  "odn-carry",
] as const satisfies readonly (keyof FactBodies)[];
const BODY_FROM = 5;
const [ACCOUNT, RESIDENTS, METER] = [2, 3, 4];
const OPEN_BRACE = 123;
/** Last columns, which only a meter has. */
const METER_COLUMNS = 3;

const NO_FACTS: readonly never[] = [];
const NO_ROWS = new CopyReader(Buffer.alloc(0));
const OF_THE_HOUSE: ReadonlySet<keyof FactBodies> = new Set([
  "site",
  "house",
  "premises",
  "odn-carry",
]);
type Common = NonNullable<FactBodies["meter"]["common"]>;

/** Takes rows of `householdsQuery` apart, as they come and as they were kept. */
export class HouseholdReader {
  #rows = NO_ROWS;
  readonly #before: Day;
  readonly #sites = new Map<SiteId, FactBodies["site"] & { readonly from: Day }>();
  readonly #accounts = new Map<AccountId, AccountRows>();
  readonly #meters = new Map<MeterId, MeterRows>();
  readonly #houses = new Map<SiteId, HouseRows>();
  readonly #faults: FactRow<"meter-fault">[] = [];
  readonly #endedFaults: { readonly site: SiteId; readonly meter: MeterId }[] = [];
  readonly #endedOccupancies: { readonly site: SiteId; readonly subject: string }[] = [];
  readonly #zones = new Map<string, readonly Zone[]>();

  constructor(before: Day) {
    this.#before = before;
  }

  take(rows: CopyReader): void {
    this.#rows = rows;
    while (rows.more()) this.#read();
  }

  #read(): void {
    const rows = this.#rows;
    const site = rows.integer() as SiteId;
    const kind = rows.integer();
    if (kind < 0 || kind >= BODY_FROM) {
      this.#readRare(site, kind);
      return;
    }
    const subject = rows.integer();
    const version = this.#version();
    if (kind === METER) this.#readMeter(site, subject as MeterId, version);
    else {
      if (kind === ACCOUNT) this.#readAccount(site, subject as AccountId, version);
      else if (kind === RESIDENTS) this.#readResidents(site, subject as AccountId, version);
      else this.#readSite(site, version);
      for (let unused = 0; unused < METER_COLUMNS; unused += 1) rows.skip();
    }
  }

  finish(): HouseholdRows {
    for (const [account, { versions }] of this.#accounts) {
      // Residents or a meter without their account wait for it: nothing can be billed.
      if (versions.length === 0) this.#accounts.delete(account);
      else if (versions.length > 1) versions.sort(byFirstDay);
    }
    for (const account of this.#accounts.values()) {
      if (account.residents.length > 1) account.residents.sort(byFirstDay);
      if (account.circumstances.length > 1) {
        account.circumstances = [...account.circumstances].sort(byFirstDay);
      }
    }
    for (const { versions } of this.#meters.values()) {
      if (versions.length > 1) versions.sort(byFirstDay);
    }
    this.#finishFaults();
    for (const house of this.#houses.values()) this.#finishHouse(house);
    this.#finishEnded();
    return {
      sites: this.#sites,
      accounts: this.#accounts,
      meters: this.#meters,
      houses: this.#houses,
    };
  }

  #version(): Version {
    const rows = this.#rows;
    return {
      from: rows.integer() as Day,
      to: rows.integerOrNull() as Day | null,
      seq: rows.integer(),
      origin: { message: rows.integer() as MessageId, at: rows.integer() },
    };
  }

  #readAccount(site: SiteId, account: AccountId, { from, to, seq, origin }: Version): void {
    const number = this.#rows.text();
    const category = this.#rows.word();
    const norm = this.#rows.textOrNull();
    const version = { from, to, seq, origin, number, category, norm };
    this.#accountOf(site, account).versions.push(version);
  }

  #readResidents(site: SiteId, account: AccountId, { from, to, seq, origin }: Version): void {
    const count = this.#rows.integer();
    this.#rows.skip();
    this.#rows.skip();
    this.#accountOf(site, account).residents.push({ from, to, seq, origin, count });
  }

  #readMeter(site: SiteId, meter: MeterId, { from, to, seq, origin }: Version): void {
    const rows = this.#rows;
    const isCommon = rows.peek() === OPEN_BRACE;
    const common = isCommon ? (JSON.parse(rows.text()) as Common) : null;
    const account = common === null ? rows.integer() : 0;
    const point = rows.integer();
    const serial = rows.text();
    const zones = this.#zonesOf(rows.text());
    const digits = rows.integer();
    const ratio = rows.integer();
    let meterRows = this.#meters.get(meter);
    if (meterRows === undefined) {
      meterRows = {
        meter,
        site,
        versions: [],
        readings: [],
        waiting: null,
        kept: null,
        faults: NO_FACTS,
      };
      this.#meters.set(meter, meterRows);
      if (common === null) {
        this.#accountOf(site, account as AccountId).meters.set(meter, meterRows);
      } else this.#placeCommon(site, common, meterRows);
    }
    meterRows.versions.push({ from, to, seq, origin, point, serial, zones, digits, ratio });
  }

  #placeCommon(site: SiteId, { of, premises, section }: Common, rows: MeterRows): void {
    const house = this.#houseOf(site);
    if (of === "HOUSE") house.meters.push(rows);
    else premisesOf(house, premises as PremisesId).meters.push({ rows, section });
  }

  #readSite(site: SiteId, { from }: Version): void {
    const kind = this.#rows.word() as FactBodies["site"]["kind"];
    const district = this.#rows.word();
    const address = this.#rows.text();
    const known = this.#sites.get(site);
    if (from >= this.#before || (known !== undefined && known.from > from)) return;
    this.#sites.set(site, { kind, district, address, zone: "", from });
  }

  /** Kinds that few accounts have, and what has ended since the last run. */
  #readRare(site: SiteId, number: number): void {
    const rows = this.#rows;
    const kind = KINDS[Math.abs(number) - 1];
    invariant(kind !== undefined, `fact kind ${number}`);
    const subject = rows.text();
    const { from, to, seq, origin } = this.#version();
    if (number < 0) {
      const text = rows.textOrNull();
      rows.skipRow();
      this.#noteEnded(site, kind, subject, text);
      return;
    }
    const body = this.#readBody(kind, subject);
    rows.skipRow();
    this.#placeRare({ from, to, seq, origin, site, kind, subject, body });
  }

  /** The kinds of every flat come in columns, unless something is special about it. */
  #readBody(kind: (typeof KINDS)[number], subject: string): FactRow["body"] {
    const rows = this.#rows;
    if (rows.peek() !== OPEN_BRACE) {
      if (kind === "occupancy") return { premises: rows.integer(), part: "WHOLE" };
      if (kind === "premises") {
        const number = rows.text();
        const use = rows.word() as FactBodies["premises"]["use"];
        return { number, use, areaM2: rows.text() };
      }
    }
    const text = rows.textOrNull();
    invariant(text !== null, `${kind} ${subject} without a body`);
    return JSON.parse(text);
  }

  #placeRare(fact: FactRow): void {
    const { site, kind, subject } = fact;
    if (kind === "meter-fault") this.#faults.push(fact as FactRow<"meter-fault">);
    else if (kind === "house") this.#houseOf(site).versions.push(fact as FactRow<"house">);
    else if (kind === "odn-carry") this.#houseOf(site).carries.push(fact as FactRow<"odn-carry">);
    else if (kind === "premises") {
      const premises = premisesOf(this.#houseOf(site), Number(subject) as PremisesId);
      premises.versions.push(fact as FactRow<"premises">);
    } else if (kind === "occupancy") {
      const occupancy = fact as FactRow<"occupancy">;
      const premises = occupancy.body.premises as PremisesId;
      premisesOf(this.#houseOf(site), premises).payers.push(occupancy);
    } else {
      const account = this.#accountOf(site, accountOfSubject(subject));
      account.circumstances = [...account.circumstances, fact];
    }
  }

  /** Nothing is late where a house, a premises or a site says something else: ОДН is not computed again. */
  #noteEnded(site: SiteId, kind: (typeof KINDS)[number], subject: string, text: string | null) {
    if (OF_THE_HOUSE.has(kind)) return;
    if (kind === "meter-fault") this.#endedFaults.push({ site, meter: Number(subject) as MeterId });
    else if (kind === "occupancy") this.#endedOccupancies.push({ site, subject });
    else if (kind !== "meter") {
      const account = this.#accountOf(site, accountOfSubject(subject));
      account.ended = [...account.ended, { site, kind, subject }];
    } else if (text !== null && !text.startsWith("{")) {
      const account = this.#accountOf(site, Number(text) as AccountId);
      account.ended = [...account.ended, { site, kind, subject }];
    } else if (text !== null) {
      const { of, premises: id } = JSON.parse(text) as Common;
      if (of === "HOUSE") return;
      const premises = premisesOf(this.#houseOf(site), id as PremisesId);
      premises.ended = [...premises.ended, { site, kind, subject }];
    }
  }

  #finishFaults(): void {
    for (const fault of this.#faults) {
      const meter = this.#meters.get(Number(fault.subject) as MeterId);
      if (meter !== undefined) meter.faults = [...meter.faults, fault].sort(byFirstDay);
    }
  }

  #finishHouse(house: HouseRows): void {
    house.versions.sort(byFirstDay);
    house.carries.sort(byFirstDay);
    for (const premises of house.premises.values()) {
      premises.versions.sort(byFirstDay);
      premises.payers.sort(byFirstDay);
      for (const { subject } of premises.payers) {
        const account = this.#accounts.get(Number(subject) as AccountId);
        if (account === undefined || account.premises.includes(premises)) continue;
        account.premises = [...account.premises, premises];
      }
    }
  }

  #finishEnded(): void {
    for (const { site, meter } of this.#endedFaults) {
      const ended: Subject = { site, kind: "meter-fault", subject: String(meter) };
      for (const owner of this.#ownersOf(site, meter)) owner.ended = [...owner.ended, ended];
    }
    for (const { site, subject } of this.#endedOccupancies) {
      const account = this.#accounts.get(Number(subject) as AccountId);
      const ended: Subject = { site, kind: "occupancy", subject };
      if (account !== undefined) account.ended = [...account.ended, ended];
      for (const premises of account?.premises ?? []) premises.ended = [...premises.ended, ended];
    }
  }

  #ownersOf(site: SiteId, meter: MeterId): readonly (AccountRows | PremisesRows)[] {
    for (const account of this.#accounts.values()) {
      if (account.meters.has(meter)) return [account];
    }
    return [...(this.#houses.get(site)?.premises.values() ?? [])].filter(({ meters }) =>
      meters.some(({ rows }) => rows.meter === meter),
    );
  }

  #accountOf(site: SiteId, account: AccountId): AccountRows {
    let rows = this.#accounts.get(account);
    if (rows === undefined) {
      rows = {
        account,
        site,
        versions: [],
        residents: [],
        meters: new Map(),
        circumstances: NO_FACTS,
        premises: NO_FACTS,
        ended: NO_FACTS,
      };
      this.#accounts.set(account, rows);
    }
    return rows;
  }

  #houseOf(site: SiteId): HouseRows {
    let rows = this.#houses.get(site);
    if (rows === undefined) {
      rows = { site, versions: [], carries: [], premises: new Map(), meters: [] };
      this.#houses.set(site, rows);
    }
    return rows;
  }

  #zonesOf(text: string): readonly Zone[] {
    let zones = this.#zones.get(text);
    if (zones === undefined) {
      zones = JSON.parse(text) as Zone[];
      this.#zones.set(text, zones);
    }
    return zones;
  }
}

function premisesOf(house: HouseRows, premises: PremisesId): PremisesRows {
  let rows = house.premises.get(premises);
  if (rows === undefined) {
    rows = { premises, versions: [], payers: [], meters: [], ended: NO_FACTS };
    house.premises.set(premises, rows);
  }
  return rows;
}

/** "5001" and "5001/number of a document" are of account 5001. */
function accountOfSubject(subject: string): AccountId {
  const slash = subject.indexOf("/");
  return Number(slash < 0 ? subject : subject.slice(0, slash)) as AccountId;
}

function byFirstDay(a: DayRange, b: DayRange): number {
  return a.from - b.from;
}
