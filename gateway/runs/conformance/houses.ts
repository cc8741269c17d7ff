import { zoneOf } from "../../../billing/conformance/households.ts";
import type { Input, Json } from "../../../billing/conformance/input.ts";
import {
  addMonths,
  type Day,
  firstDay,
  formatDay,
  formatMonth,
  type Month,
  month,
} from "../../../normalizer/model/dates.ts";
import type { HouseMonth } from "../../../normalizer/model/house-facts.ts";
import { ZONES } from "../../../normalizer/model/lines.ts";
import { LONG_AGO, type Play, type PlayedAccount } from "./play.ts";
import type { Played, StoredLine } from "./store.ts";
import {
  kwh,
  lastDayOf,
  limitsOf,
  merged,
  moneyOf,
  priceOf,
  putAccount,
  putHistory,
  putMeter,
  putNorm,
  putPrice,
  putSwitches,
  putTariffs,
  requireFact,
  type StoredKind,
  sumOf,
  volumeOf,
  without,
} from "./terms.ts";

const AREA_SCALE = 10_000;

interface HouseTerms {
  readonly management: string;
  readonly totalArea: string;
  readonly commonArea: string;
  readonly norm: string;
  readonly category: string;
}

function putHouse(play: Play, first: Month, terms: HouseTerms): void {
  const code = play.name("odn");
  play.law.push(play.lawFact("odn-norm", code, LONG_AGO, { perUnit: terms.norm }));
  play.enter(first, "house", {
    whose: { site: play.site },
    values: {
      management: terms.management,
      totalAreaM2: terms.totalArea,
      commonAreaM2: terms.commonArea,
      odnNorm: code,
      category: terms.category,
    },
  });
}

function putPremises(
  play: Play,
  first: Month,
  number: string,
  area: string,
  contract?: PlayedAccount,
): void {
  const use = contract === undefined ? "RESIDENTIAL" : "NON_RESIDENTIAL";
  const values = { use, areaM2: area };
  play.enter(first, "premises", {
    whose: { site: play.site },
    name: number,
    values: contract === undefined ? values : { ...values, contract: contract.number },
  });
}

function occupy(
  play: Play,
  first: Month,
  account: PlayedAccount,
  values: Readonly<Record<string, string>>,
): void {
  play.enter(first, "occupancy", { whose: { account: account.number }, values });
}

/** Components and rate of the contracts' own bill, which no case looks at. */
function putBusinessLaw(play: Play): void {
  play.law.push(
    play.lawFact("vat", "general", "2019-01-01", { rate: "20" }),
    play.lawFact("one-rate", "NN/LT_670", "2019-01-01", {
      voltageLevel: "NN",
      subgroup: "LT_670",
      wholesale: "3010.55",
      transmission: "3555.10",
      markup: "498.72",
      otherServices: "5.31",
    }),
  );
}

/**
 * The ОДПУ of a case is the volume of each month: states that run on, and a new meter after months without one, so
 * that no state reaches over these.
 */
function putOdpu(
  play: Play,
  months: readonly { readonly month: Month; readonly volume: number | null }[],
): void {
  let serial: string | null = null;
  let state = 0;
  const first = months[0]?.month ?? (0 as Month);
  for (const [index, { month: of, volume }] of months.entries()) {
    if (volume === null) {
      serial = null;
      continue;
    }
    if (serial === null) {
      serial = play.name(`ОДПУ ${index}`);
      state = 0;
      const rest = months.slice(index);
      const gone = rest.find((item) => item.volume === null)?.month;
      putMeter(play, first, {
        serial,
        zones: ["T0"],
        whose: { site: play.site },
        common: { common: "HOUSE" },
        digits: 9,
        ...(index === 0 ? {} : { from: lastDayOf(addMonths(of, -1)) }),
        ...(gone === undefined ? {} : { to: lastDayOf(addMonths(gone, -1)) }),
      });
      play.read(of, serial, lastDayOf(addMonths(of, -1)), { T0: "0" });
    }
    state += volume;
    play.read(of, serial, lastDayOf(of), { T0: kwh(state) });
  }
}

/** The months after the first one take their states when they are billed. */
function putMonthly(
  play: Play,
  account: PlayedAccount,
  serial: string,
  months: readonly { readonly month: Month; readonly volume: number }[],
): void {
  const first = months[0]?.month ?? (0 as Month);
  putMeter(play, first, { serial, zones: ["T0"], whose: { account: account.number }, digits: 9 });
  play.read(first, serial, lastDayOf(addMonths(first, -1)), { T0: "0" });
  let state = 0;
  for (const { month: of, volume } of months) {
    state += volume;
    play.read(of, serial, lastDayOf(of), { T0: kwh(state) });
  }
}

const LINE_NAMES: Readonly<Record<string, string>> = {
  OWN: "own",
  SECTION: "section",
  COMMON: "common",
  ODN: "odn",
};

const nameOf = (line: StoredLine): string => LINE_NAMES[line.kind] ?? line.kind;

/** One communal flat in one month. */
export const communal: StoredKind = {
  site: "MKD",
  put(play, input) {
    const period = month("2025-03");
    const category = putPrice(play, input.text("price"));
    const rooms = input.list("rooms");
    requireFact(input.has("flatVolume"), "a flat without a meter of its own");
    putSwitches(play, period, input, { negativeCommon: "communal.negativeCommon" });
    putPremises(play, period, "1", FLAT_AREA);
    const shared = { whose: { site: play.site }, digits: 9 };
    const before = lastDayOf(addMonths(period, -1));
    const send = (serial: string, volume: string) => {
      play.read(period, serial, before, { T0: "0" });
      play.read(period, serial, lastDayOf(period), { T0: volume });
    };
    const flat = play.name("flat");
    putMeter(play, period, {
      serial: flat,
      zones: ["T0"],
      ...shared,
      common: { common: "FLAT", premises: "1" },
    });
    send(flat, input.text("flatVolume"));
    if (input.has("sections")) {
      for (const [section, volume] of input.entries("sections")) {
        const serial = play.name(`section ${section}`);
        const common = { common: "SECTION", premises: "1", section };
        putMeter(play, period, { serial, zones: ["T0"], ...shared, common });
        send(serial, volume.asText());
      }
    }
    const accounts = rooms.map((room) => {
      const persons = room.scaled("persons", 4);
      requireFact(persons % AREA_SCALE === 0, "a part of a person");
      const account = putAccount(play, period, { category }, persons / AREA_SCALE);
      occupy(play, period, account, {
        premises: "1",
        part: "ROOM",
        livingAreaM2: room.textOr("area", "15"),
        ...(room.has("section") ? { section: room.text("section") } : {}),
      });
      if (room.has("room")) {
        const serial = play.name(`room ${room.text("id")}`);
        const whose = { account: account.number };
        putMeter(play, period, { serial, zones: ["T0"], whose, digits: 9 });
        send(serial, room.text("room"));
      }
      return account;
    });
    if (input.has("odnVolume")) {
      putHouse(play, period, {
        ...{ management: "DIRECT", totalArea: FLAT_AREA, commonArea: "10000", norm: "100" },
        category,
      });
      const volume = input.volume("flatVolume") + input.volume("odnVolume");
      putOdpu(play, [{ month: period, volume }]);
    }
    return (played) => {
      const all: StoredLine[] = [];
      const rows = accounts.map((account, index) => {
        const lines = played.linesOf(account.id, period);
        all.push(...lines);
        return {
          id: rooms[index]?.text("id") ?? "",
          lines: lines.map((line) => ({
            kind: nameOf(line),
            volume: volumeOf(line.volume),
            amount: moneyOf(line.amount),
          })),
          volume: volumeOf(sumOf(lines).volume),
          total: moneyOf(sumOf(lines).amount),
        };
      });
      return { rooms: rows, total: moneyOf(sumOf(all).amount) };
    };
  },
};

const FLAT_AREA = "50";

const SPLIT_KEYS: Readonly<Record<string, string>> = {
  share: "SHARE",
  persons: "PERSONS",
  area: "AREA",
  fixed: "FIXED",
};

/** Accounts of one flat with one meter. */
export const separate: StoredKind = {
  site: "MKD",
  put(play, input) {
    const period = month("2025-03");
    const key = input.text("key");
    const rows = input.list("accounts");
    const category = putPrice(play, input.text("price"));
    play.switch(period, "separateAccounts.splitKey", SPLIT_KEYS[key] ?? key);
    putPremises(play, period, "1", FLAT_AREA);
    const serial = play.name("M");
    putMeter(play, period, {
      ...{ serial, zones: ["T0"], whose: { site: play.site }, digits: 9 },
      common: { common: "FLAT", premises: "1" },
    });
    play.read(period, serial, lastDayOf(addMonths(period, -1)), { T0: "0" });
    play.read(period, serial, lastDayOf(period), { T0: input.text("volume") });
    const weights = key === "share" || key === "area" ? rows.map((row) => row.scaled(key, 4)) : [];
    const unit = weights.every((weight) => weight % AREA_SCALE === 0) ? AREA_SCALE : 1;
    const accounts = rows.map((row, index) => {
      const persons = key === "persons" ? row.scaled("persons", 4) : AREA_SCALE;
      requireFact(persons % AREA_SCALE === 0, "a part of a person");
      const account = putAccount(play, period, { category }, persons / AREA_SCALE);
      occupy(play, period, account, {
        premises: "1",
        part: "SHARE",
        weight: String((weights[index] ?? unit) / unit),
        primary: String(row.flag("primary", false)),
      });
      if (row.has("fixed")) {
        const whose = { account: account.number };
        play.enter(period, "fixed-volume", { whose, values: { volume: row.text("fixed") } });
      }
      return account;
    });
    return (played) => {
      const sums = accounts.map((account) => sumOf(played.linesOf(account.id, period)));
      let total = 0;
      for (const { amount } of sums) total += amount;
      return {
        accounts: sums.map(({ volume, amount }, index) => ({
          id: rows[index]?.text("id") ?? "",
          volume: volumeOf(volume),
          amount: moneyOf(amount),
        })),
        total: moneyOf(total),
      };
    };
  },
};

const ODN_SWITCHES = {
  negativeMode: "odn.negative.mode",
  negativeOrder: "odn.negative.order",
  noCap: "odn.distributeAll",
};

/** A few premises of a house; one more has what else its meters showed, one is by norm, one is a business. */
export const odn: StoredKind = {
  site: "MKD",
  want: (expected) => without(expected, ["individualAmount"]),
  put(play, input) {
    const months = input.list("months");
    const first = months[0]?.month("period");
    if (first === undefined) throw new Error("no months");
    requireFact(
      months.every((row, index) => row.month("period") === addMonths(first, index)),
      "months with a hole",
    );
    requireFact(
      months.every((row) => row.scaledOr("heatgen", 4, 0) === 0),
      "energy for heating and hot water that the house itself makes",
    );
    const building = input.at("building");
    const rows = input.list("premises");
    const isCredit = input.textOr("negativeMode", "CARRY") === "REDUCE_BY_RESIDENTS";
    const hasUnmetered = months.some((row) => row.scaledOr("unmetered", 4, 0) !== 0);
    requireFact(!isCredit || !hasUnmetered, "residents of which the case does not know");
    const category = play.name("tariff");
    for (const [index, row] of months.entries()) {
      const period = row.month("period");
      const from = index === 0 ? LONG_AGO : formatDay(firstDay(period));
      const to = index === months.length - 1 ? null : firstDay(addMonths(period, 1));
      play.law.push(
        play.lawFact("tariff", category, from, { prices: { T0: [row.text("price")] } }, to),
      );
    }
    putSwitches(play, first, input, ODN_SWITCHES);
    putHouse(play, first, {
      management: input.flag("excludeMgmt", false) ? "MANAGED" : "DIRECT",
      totalArea: building.text("totalArea"),
      commonArea: building.text("commonArea"),
      norm: building.text("normOdn"),
      category,
    });
    if (input.has("carryIn")) putCarry(play, first, input.text("carryIn"));
    play.bill(first, addMonths(first, months.length - 1));
    const volumesOf = (name: string) =>
      months.map((row) => ({ month: row.month("period"), volume: row.scaledOr(name, 4, 0) }));
    const accounts = rows.map((row) => {
      const persons = row.scaledOr("persons", 4, AREA_SCALE);
      requireFact(persons % AREA_SCALE === 0, "a part of a person");
      const id = row.text("id");
      const account = putFlat(
        play,
        first,
        { id, area: row.text("area"), category },
        persons / AREA_SCALE,
      );
      const own = volumesOf("metered").map((of) => ({ ...of, volume: row.volume("individual") }));
      putMonthly(play, account, play.name(`M ${id}`), own);
      return account;
    });
    let listed = 0;
    for (const row of rows) listed += row.volume("individual");
    const others = volumesOf("metered").map((of) => ({ ...of, volume: of.volume - listed }));
    requireFact(
      others.every(({ volume }) => volume >= 0),
      "less metered than the premises have",
    );
    const rest = putFlat(play, first, { id: "rest", area: "1", category }, 0);
    putMonthly(play, rest, play.name("M rest"), others);
    if (hasUnmetered) {
      const norm = play.name("unmetered");
      for (const [index, { month: of, volume }] of volumesOf("unmetered").entries()) {
        const from = index === 0 ? LONG_AGO : formatDay(firstDay(of));
        const to = index === months.length - 1 ? null : firstDay(addMonths(of, 1));
        play.law.push(play.lawFact("norm", norm, from, { perPerson: [kwh(volume)] }, to));
      }
      play.switch(first, "norm.k.noMeter", "1");
      putFlat(play, first, { id: "unmetered", area: "1", category, norm }, 1);
    }
    if (months.some((row) => row.scaledOr("nonres", 4, 0) !== 0)) {
      putBusinessLaw(play);
      const contract = play.contract();
      putPremises(play, first, "N", "1", contract);
      for (const { month: of, volume } of volumesOf("nonres"))
        play.step(of).energy.push({ channel: contract.channel, month: of, volume });
    }
    putOdpu(
      play,
      months.map((row) => ({
        month: row.month("period"),
        volume: row.has("odpu") ? row.volume("odpu") : null,
      })),
    );
    return (played) => {
      const results = months.map((row) => {
        const period = row.month("period");
        const house = played.house(period);
        // A credited month keeps what it gives back as distributed; a case says so by premises.
        const isCreditedMonth = isCredit && house.raw < 0;
        return {
          period: row.text("period"),
          method: house.method === "NORM" ? "NORM" : "ODPU",
          raw: volumeOf(house.raw),
          carryUsed: volumeOf(house.carryUsed),
          carryOut: volumeOf(house.carryOut),
          cap: volumeOf(house.cap),
          distributed: volumeOf(isCreditedMonth ? 0 : house.distributed),
          overNorm: volumeOf(house.overNorm),
          premises: accounts.map((account, index) => {
            const line = played.linesOf(account.id, period).find(({ kind }) => kind === "ODN");
            const id = rows[index]?.text("id") ?? "";
            const volume = isCreditedMonth ? 0 : (line?.volume ?? 0);
            const share = {
              id,
              volume: volumeOf(volume),
              amount: moneyOf(isCreditedMonth ? 0 : (line?.amount ?? 0)),
            };
            if (!isCredit) return share;
            const reduction = isCreditedMonth ? -(line?.volume ?? 0) : 0;
            const own = rows[index]?.volume("individual") ?? 0;
            return {
              ...share,
              reduction: volumeOf(reduction),
              individualAfter: volumeOf(own - reduction),
            };
          }),
        };
      });
      return { months: results, carryOut: results.at(-1)?.carryOut ?? "0" };
    };
  },
};

function putCarry(play: Play, first: Month, volume: string): void {
  const whose = { site: play.site };
  play.enter(first, "odn-carry", { whose, from: formatMonth(first), values: { volume } });
}

function putFlat(
  play: Play,
  first: Month,
  of: {
    readonly id: string;
    readonly area: string;
    readonly category: string;
    readonly norm?: string;
  },
  persons: number,
): PlayedAccount {
  putPremises(play, first, of.id, of.area);
  const account = putAccount(
    play,
    first,
    { category: of.category, norm: of.norm ?? null },
    persons,
  );
  occupy(play, first, account, { premises: of.id, part: "WHOLE" });
  return account;
}

interface HousePayer {
  readonly id: string;
  readonly account: PlayedAccount;
  /** Premises that holds it where its reading does. */
  readonly premises: string;
  readonly heldMeter: string | null;
}

/** Months of a house, each closed before the next. */
export const houseMonth: StoredKind = {
  site: "MKD",
  put(play, input) {
    const rows = input.list("months");
    const first = rows[0]?.month("period");
    if (first === undefined) throw new Error("no months");
    const house = input.at("house");
    const of = new HousePlay(play, input, first);
    putHouse(play, first, {
      management: house.text("management"),
      totalArea: house.text("totalArea"),
      commonArea: house.text("commonArea"),
      norm: house.text("normOdn"),
      category: of.category,
    });
    if (house.has("carryIn")) putCarry(play, first, house.text("carryIn"));
    for (const item of input.list("premises")) of.put(item);
    putOdpu(
      play,
      rows.map((row) => ({
        month: row.month("period"),
        volume: row.has("odpu") ? row.volume("odpu") : null,
      })),
    );
    for (const row of rows) of.month(row);
    return (played) => ({ months: rows.map((row) => of.result(row, played)) });
  },
  want: withoutHeldVolumes,
};

/** What a held month would be computed of is not known, so the store does not keep what its contracts took. */
function withoutHeldVolumes(expected: Json): Json {
  const { months } = expected as { readonly months: readonly HouseJson[] };
  return {
    months: months.map((month) => {
      if (month.contracts === undefined) return month;
      const contracts = month.contracts.map(({ volume, ...own }) =>
        own["code"] === "HELD_BY" || volume === undefined ? own : { volume, ...own },
      );
      return { ...month, contracts };
    }),
  };
}

interface HouseJson {
  readonly [field: string]: Json;
  readonly contracts?: readonly { readonly [field: string]: Json; readonly volume?: Json }[];
}

/** 10⁻⁴ kWh. */
const TEN_KWH = 100_000;

class HousePlay {
  readonly category: string;
  private readonly play: Play;
  private readonly input: Input;
  private readonly first: Month;
  private readonly payers: HousePayer[] = [];
  private readonly contracts: { readonly id: string; readonly channel: number }[] = [];
  private readonly threeZones: string | null;

  constructor(play: Play, input: Input, first: Month) {
    this.play = play;
    this.input = input;
    this.first = first;
    const tariffs = input.list("tariffs");
    const limits = limitsOf(input);
    this.category = putTariffs(play, "tariff", tariffs, limits);
    this.threeZones = tariffs.some((row) => row.has("prices3"))
      ? putTariffs(play, "tariff 3", tariffs, limits, "prices3")
      : null;
    if (input.has("ranges")) play.switch(first, "tariff.scheme", "RANGES");
    play.switch(first, "norm.k.noMeter", "1");
    putSwitches(play, first, input, {
      ...ODN_SWITCHES,
      distributeAll: "odn.distributeAll",
      residual: "odn.residual",
      negativeCommon: "communal.negativeCommon",
      splitKey: "separateAccounts.splitKey",
    });
  }

  put(item: Input): void {
    const { play, first } = this;
    const id = item.text("id");
    if (item.flag("contract", false)) {
      const contract = play.contract();
      if (this.contracts.length === 0) putBusinessLaw(play);
      putPremises(play, first, id, item.text("area"), contract);
      this.contracts.push({ id, channel: contract.channel });
      return;
    }
    putPremises(play, first, id, item.text("area"));
    if (item.has("rooms")) this.putRooms(item);
    else if (item.has("accounts")) this.putAccounts(item);
    else this.putWhole(item);
  }

  private putWhole(item: Input): void {
    const { play, first } = this;
    const id = item.text("id");
    const zones = item.has("meter") ? item.at("meter").keys().map(zoneOf) : [];
    const category = zones.includes("T3") ? (this.threeZones ?? this.category) : this.category;
    const table = item.listOrNone("normTable").map((value) => value.asText());
    const norm = table.length === 0 ? null : putNorm(play, table, `norm ${id}`);
    const held = this.input
      .list("months")
      .flatMap((row) => (row.has("held") && row.at("held").has(id) ? row.at("held").text(id) : []));
    requireFact(
      held.every((code) => code === "OVER_MAX_POWER" || code === "DEVIATION_HIGH"),
      "a doubt that nothing of the case brings about",
    );
    const limit = held.includes("OVER_MAX_POWER") ? { maxPowerKw: "0.1" } : {};
    const account = play.account({ category, norm, ...limit });
    const whose = { account: account.number };
    this.putResidents(item, account);
    occupy(play, first, account, { premises: id, part: "WHOLE" });
    const serial = this.meter(id);
    const isUnusual = held.includes("DEVIATION_HIGH");
    if (item.has("meter")) this.install(item, id, item.at("meter"), { whose, isUnusual });
    else play.enter(first, "meter-impossible", { whose, values: { act: "1" } });
    this.payers.push({ id, account, premises: id, heldMeter: item.has("meter") ? serial : null });
  }

  private putRooms(item: Input): void {
    const { play, first } = this;
    const premises = item.text("id");
    const site = { site: play.site };
    const flat = { common: "FLAT", premises };
    this.install(item, premises, item.at("meter"), { whose: site, common: flat });
    if (item.has("sections")) {
      for (const [section, states] of item.entries("sections")) {
        const common = { common: "SECTION", premises, section };
        this.install(item, section, states, { whose: site, common });
      }
    }
    for (const room of item.list("rooms")) {
      const persons = room.scaled("persons", 4);
      requireFact(persons % AREA_SCALE === 0, "a part of a person");
      const account = putAccount(play, first, { category: this.category }, persons / AREA_SCALE);
      occupy(play, first, account, {
        ...{ premises, part: "ROOM", livingAreaM2: room.text("area") },
        ...(room.has("section") ? { section: room.text("section") } : {}),
      });
      const id = room.text("id");
      const whose = { account: account.number };
      if (room.has("meter")) this.install(item, id, room.at("meter"), { whose });
      this.payers.push({ id, account, premises, heldMeter: null });
    }
  }

  private putAccounts(item: Input): void {
    const { play, first } = this;
    const premises = item.text("id");
    const common = { common: "FLAT", premises };
    this.install(item, premises, item.at("meter"), { whose: { site: play.site }, common });
    for (const row of item.list("accounts")) {
      const account = putAccount(play, first, { category: this.category });
      occupy(play, first, account, {
        ...{ premises, part: "SHARE", weight: row.text("share") },
        primary: String(row.flag("primary", false)),
      });
      this.payers.push({ id: row.text("id"), account, premises, heldMeter: null });
    }
  }

  private putResidents(item: Input, account: PlayedAccount): void {
    const rows = item.listOrNone("residents");
    const edges = new Set<Day>();
    for (const row of rows) {
      if (row.has("from")) edges.add(row.day("from"));
      if (row.has("to")) edges.add((row.day("to") + 1) as Day);
    }
    const starts = [null, ...[...edges].sort((a, b) => a - b)];
    for (const [index, from] of starts.entries()) {
      const next = starts[index + 1];
      const on = from ?? (((next ?? 1) - 1) as Day);
      let count = 0;
      for (const row of rows) {
        if (row.has("from") && on < row.day("from")) continue;
        if (row.has("to") && on > row.day("to")) continue;
        count += row.integer("count");
      }
      this.play.enter(this.first, "residents", {
        whose: { account: account.number },
        from: from === null ? LONG_AGO : formatDay(from),
        to: next === undefined || next === null ? null : formatDay((next - 1) as Day),
        values: { count: String(rows.length === 0 ? 1 : count) },
      });
    }
  }

  private meter(id: string): string {
    return this.play.name(`M ${id}`);
  }

  private install(
    item: Input,
    id: string,
    states: Input,
    {
      isUnusual = false,
      ...how
    }: Pick<Parameters<typeof putMeter>[2], "whose" | "common"> & { readonly isUnusual?: boolean },
  ): void {
    const { play, first } = this;
    const serial = this.meter(id);
    const zones = ZONES.filter((zone) => states.has(zone));
    const digits = item.integerOr("digits", 6);
    putMeter(play, first, { serial, zones, digits, ...how });
    const missed = item.integerOr("missed", 0);
    // Without months before it nothing is unusual: three of 10 kWh, which a held month is not billed by.
    const volumes = isUnusual
      ? Array.from({ length: 3 }, () => Object.fromEntries(zones.map((zone) => [zone, TEN_KWH])))
      : item
          .listOrNone("history")
          .map((row) => Object.fromEntries(row.keys().map((zone) => [zone, row.volume(zone)])));
    const last = addMonths(first, -1 - missed);
    const end = Object.fromEntries(zones.map((zone) => [zone, states.volume(zone)]));
    putHistory(play, first, serial, { last, end, volumes, digits });
  }

  month(row: Input): void {
    const { play } = this;
    const period = row.month("period");
    play.step(period);
    const held = row.has("held") ? row.at("held").keys() : [];
    for (const [id, states] of row.has("readings") ? row.entries("readings") : []) {
      const values = Object.fromEntries(states.keys().map((zone) => [zone, states.text(zone)]));
      const expects = held.includes(id) ? "JUDGED" : "TAKEN";
      play.read(period, this.meter(id), lastDayOf(period), values, { expects });
    }
    for (const { id, channel } of this.contracts) {
      if (held.includes(id)) requireFact(false, "a held contract: its half-hours wait elsewhere");
      const volume = row.at("contracts").volume(id);
      requireFact(
        volume % 10_000 === 0,
        "a part of a kilowatt-hour of a business, which is billed whole ones",
      );
      play.step(period).energy.push({ channel, month: period, volume });
    }
    for (const [index, entry] of row.listOrNone("absences").entries()) {
      const payer = this.payerOf(entry.text("id"));
      play.enter(period, "absence", {
        whose: { account: payer.account.number },
        name: `З-${index + 1}`,
        from: entry.text("left"),
        to: entry.text("returned"),
        values: { persons: String(this.personsOn(entry.text("id"), entry.day("left"))) },
      });
    }
    for (const [index, entry] of row.listOrNone("acts").entries()) {
      const payer = this.payerOf(entry.text("id"));
      const values: Record<string, string> = {
        type: "TAMPER",
        detected: entry.text("detected"),
        eliminated: entry.text("eliminated"),
      };
      if (entry.has("sealDate")) values["sealed"] = entry.text("sealDate");
      if (entry.has("prevCheck")) values["previousCheck"] = entry.text("prevCheck");
      const whose = { account: payer.account.number };
      play.enter(period, "breach", { whose, name: `А-${index + 1}`, from: null, values });
    }
  }

  private payerOf(id: string): HousePayer {
    const payer = this.payers.find((one) => one.id === id);
    if (payer === undefined) throw new Error(`no account ${id}`);
    return payer;
  }

  private personsOn(id: string, on: Day): number {
    const item = this.input.list("premises").find((one) => one.text("id") === id);
    let count = 0;
    for (const row of item?.listOrNone("residents") ?? []) {
      if (row.has("from") && on < row.day("from")) continue;
      if (row.has("to") && on > row.day("to")) continue;
      count += row.integer("count");
    }
    return count;
  }

  result(row: Input, played: Played): Json {
    const period = row.month("period");
    const house = played.house(period);
    const all: StoredLine[] = [];
    const accounts = this.payers.map((payer) => {
      const lines = this.sorted(played.linesOf(payer.account.id, period));
      all.push(...lines);
      return this.accountJson(row, payer, lines, played);
    });
    let shared = 0;
    for (const line of all) if (line.kind === "ODN") shared += line.volume;
    const contracts = this.contracts.map(({ id }) => this.contractJson(id, house, shared));
    return {
      period: row.text("period"),
      accounts,
      ...(contracts.length === 0 ? {} : { contracts }),
      house: houseJson(house, moneyOf(sumOf(all).amount)),
    };
  }

  /** Lines of one kind, zone, range and origin are one: a case does not tell points and kinds of corrections apart. */
  private sorted(lines: readonly StoredLine[]): readonly StoredLine[] {
    const place = (line: StoredLine) => ORDER.indexOf(line.kind);
    return merged(
      lines,
      (line) => `${line.kind} ${line.zone} ${line.range} ${line.origin}`,
    ).toSorted((a, b) => place(a) - place(b) || a.origin.localeCompare(b.origin));
  }

  private accountJson(
    row: Input,
    { id, account, premises, heldMeter }: HousePayer,
    lines: readonly StoredLine[],
    played: Played,
  ): Json {
    const period = row.month("period");
    const house = played.house(period);
    if (row.has("held") && row.at("held").has(premises)) {
      const judged = played.judged.get(`${heldMeter} ${formatDay(lastDayOf(period))}`);
      const isHeld = played.problems.some(
        (problem) => problem.account === account.id && problem.period === row.text("period"),
      );
      const status = isHeld && judged?.status !== "ACCEPTED" ? "HELD" : "BILLED";
      return {
        id,
        status,
        code: judged?.code ?? "",
        lines: this.linesJson(lines, row),
        total: moneyOf(sumOf(lines).amount),
      };
    }
    const texts = this.linesJson(lines, row);
    const isWaiting =
      house.method === "HELD" && this.input.at("house").text("management") !== "MANAGED";
    const waiting = isWaiting ? [{ kind: "odn", code: "HELD_BY", by: house.heldBy }] : [];
    const at = lines.findIndex(({ kind }) => kind === "ABSENCE" || kind === "TAMPER");
    const end = at < 0 ? texts.length : at;
    return {
      id,
      lines: [...texts.slice(0, end), ...waiting, ...texts.slice(end)],
      total: moneyOf(sumOf(lines).amount),
    };
  }

  private linesJson(lines: readonly StoredLine[], row: Input): Json[] {
    const isDocument = (line: StoredLine) => line.kind === "ABSENCE" || line.kind === "TAMPER";
    return lines.map((line) => ({
      kind: nameOf(line),
      zone: line.zone,
      ...(this.input.has("ranges") ? { range: line.range } : {}),
      ...(isDocument(line) || line.origin !== row.text("period") ? { origin: line.origin } : {}),
      volume: volumeOf(line.volume),
      price: priceOf(line.price),
      amount: moneyOf(line.amount),
    }));
  }

  /** One contract of a house has what the shares of the accounts leave. */
  private contractJson(id: string, house: HouseMonth, shared: number): Json {
    requireFact(this.contracts.length === 1, "several contracts, of which the house keeps the sum");
    const own = { id, volume: volumeOf(house.nonResidential) };
    if (this.input.at("house").text("management") === "MANAGED") return own;
    if (house.method === "HELD") return { id, code: "HELD_BY", by: house.heldBy };
    return { ...own, odn: volumeOf(house.shares - shared) };
  }
}

const ORDER: readonly string[] = [
  "METER",
  "METER_DELTA",
  "AVERAGE",
  "NORM",
  "KPOV",
  "OWN",
  "SECTION",
  "COMMON",
  "ODN",
  "ABSENCE",
  "TAMPER",
];

function houseJson(house: HouseMonth, total: string): Json {
  const odpu = house.odpu === null ? null : volumeOf(house.odpu);
  const carryIn = volumeOf(house.carryIn);
  if (house.method === "HELD") {
    return { method: "HELD", heldBy: house.heldBy, odpu, carryIn, total };
  }
  const common =
    house.manager === null
      ? { shares: volumeOf(house.shares), residue: volumeOf(house.residue) }
      : { manager: volumeOf(house.manager) };
  return {
    method: house.method === "NORM" ? "NORM" : "ODPU",
    odpu,
    individual: volumeOf(house.individual),
    nonres: volumeOf(house.nonResidential),
    carryIn,
    raw: volumeOf(house.raw),
    carryUsed: volumeOf(house.carryUsed),
    carryOut: volumeOf(house.carryOut),
    cap: volumeOf(house.cap),
    distributed: volumeOf(house.distributed),
    overNorm: volumeOf(house.overNorm),
    ...common,
    ...(house.communalResidue === null ? {} : { communalResidue: volumeOf(house.communalResidue) }),
    total,
  };
}
