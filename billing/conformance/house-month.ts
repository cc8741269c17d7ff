import { addMonths, type Day, endDay, firstDay, type Month } from "../../normalizer/model/dates.ts";
import type {
  HouseholdLaw,
  PointFacts,
  SiteFacts,
  TariffVersion,
} from "../../normalizer/model/facts.ts";
import type {
  CarriedVolume,
  HouseFacts,
  HouseMonth,
  PremisesFacts,
} from "../../normalizer/model/house-facts.ts";
import type { AccountId, MeterId, PremisesId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { Line, LineKind } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { type HouseTerms, odnShare } from "../buildings/odn.ts";
import { billSite } from "../households/site.ts";
import type { BilledSite } from "../outcome.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { documentLines } from "./house-acts.ts";
import { always, type CaseAccount, Flat, LONG_AGO, NOWHERE } from "./house-flat.ts";
import type { HouseLine } from "./house-line.ts";
import { tariffVersions, totalOf } from "./households.ts";
import { type Input, type Json, moneyText, monthText, priceText, volumeText } from "./input.ts";

/** Months of a house one after the other, each posted before the next is billed. */
export function houseMonth(input: Input): Json {
  const house = new House(input);
  return { months: input.list("months").map((row) => house.month(row)) };
}

class House {
  private readonly input: Input;
  private readonly flats: ReadonlyMap<string, Flat>;
  private readonly law: HouseholdLaw;
  private readonly isManaged: boolean;
  private carried: readonly CarriedVolume[];

  constructor(input: Input) {
    this.input = input;
    const house = input.at("house");
    this.isManaged = house.text("management") === "MANAGED";
    const first = input.list("months")[0]?.month("period");
    invariant(first !== undefined, "no months");
    const carry = volume(house.scaledOr("carryIn", 4, 0));
    this.carried = carry === 0 ? [] : [{ month: addMonths(first, -1), volume: carry }];
    const flats = new Map<string, Flat>();
    for (const [index, row] of input.list("premises").entries())
      if (!row.flag("contract", false)) flats.set(row.text("id"), new Flat(row, first, index));
    this.flats = flats;
    this.law = lawOf(input, [...flats.values()]);
  }

  month(row: Input): Json {
    const period = row.month("period");
    const held = heldOf(row);
    for (const [id, flat] of this.flats) if (!held.has(id)) flat.read(row, period);
    const billed = billSite(this.siteOf(row, period, held), rulesOf(CURRENT_RULES));
    const { house } = billed;
    invariant(house !== null, "no month of the house");
    this.carried = house.carried;
    const accounts: Json[] = [];
    const all: HouseLine[] = [];
    for (const [id, flat] of this.flats) {
      for (const account of flat.accounts) {
        const code = held.get(id);
        if (code === undefined) {
          const lines = this.linesOf(flat, account, row, billed, period);
          all.push(...lines);
          accounts.push(this.accountJson(account, lines, house));
        } else {
          const isHeld = billed.problems.some(
            (problem) => problem.held && problem.account === account.account,
          );
          invariant(isHeld, `${account.id} is not held`);
          accounts.push({ id: account.id, status: "HELD", code, lines: [], total: "0.00" });
        }
      }
    }
    const contracts = this.contractsJson(row, house);
    return {
      period: monthText(period),
      accounts,
      ...(contracts.length === 0 ? {} : { contracts }),
      house: houseJson(house, totalOf(all)),
    };
  }

  private siteOf(row: Input, period: Month, held: ReadonlyMap<string, string>): SiteFacts {
    const accounts = [...this.flats].flatMap(([id, flat]) =>
      flat.accounts.map((account) => flat.accountFacts(account, period, held.has(id))),
    );
    return {
      site: 1 as SiteId,
      shard: 0 as Shard,
      siteKind: "MKD",
      address: "",
      period,
      accounts,
      premises: this.input
        .list("premises")
        .map(
          (item, index) =>
            this.flats.get(item.text("id"))?.premises() ??
            contract(item, index, row, held.has(item.text("id"))),
        ),
      house: this.houseFacts(row, period),
      law: this.law,
      switches: switchesOf(this.input),
    };
  }

  private houseFacts(row: Input, period: Month): HouseFacts {
    const house = this.input.at("house");
    return {
      management: [always(this.isManaged ? "MANAGED" : "DIRECT")],
      totalAreaE4: [always(house.scaled("totalArea", 4))],
      commonAreaE4: [always(house.scaled("commonArea", 4))],
      odnNorm: [always("ODN")],
      category: "HOUSE",
      points: row.has("odpu") ? [odpuOf(row.volume("odpu"), period)] : [],
      history: [],
      missedPeriods: 0,
      carried: this.carried,
    };
  }

  /** Regular lines, differences of estimated months, the ОДН, documents. */
  private linesOf(
    flat: Flat,
    account: CaseAccount,
    row: Input,
    billed: BilledSite,
    period: Month,
  ): readonly HouseLine[] {
    const lines = billed.lines.filter((line) => line.account === account.account);
    flat.post(account, lines, period);
    const isDocumented = account.part.kind !== "SHARE" || account.part.isPrimary;
    const item = account.part.kind === "ROOM" ? account.item : flat.item;
    const tariffs = this.law.tariffs["HOUSE"] ?? [];
    const documents = isDocumented ? documentLines(item, flat, account.posted, row, tariffs) : [];
    return [...lines.map((line) => caseLine(line, period)), ...documents];
  }

  private accountJson(account: CaseAccount, lines: readonly HouseLine[], house: HouseMonth): Json {
    const isWaiting = house.method === "HELD" && !this.isManaged;
    const waiting: Json[] = isWaiting ? [{ kind: "odn", code: "HELD_BY", by: house.heldBy }] : [];
    const documents = lines.findIndex(({ kind }) => kind === "ABSENCE" || kind === "TAMPER");
    const at = documents < 0 ? lines.length : documents;
    const texts = lines.map((line) => this.lineJson(line));
    return {
      id: account.id,
      lines: [...texts.slice(0, at), ...waiting, ...texts.slice(at)],
      total: totalOf(lines),
    };
  }

  private lineJson(line: HouseLine): Json {
    return {
      kind: line.kind,
      zone: line.zone,
      ...(this.input.has("ranges") ? { range: line.range } : {}),
      ...(line.origin === null ? {} : { origin: monthText(line.origin) }),
      volume: volumeText(line.volume),
      price: priceText(line.price),
      amount: moneyText(line.amount),
    };
  }

  private contractsJson(row: Input, house: HouseMonth): Json[] {
    const contracts = this.input.list("premises").filter((item) => item.flag("contract", false));
    return contracts.map((item) => {
      const id = item.text("id");
      const own = { id, volume: volumeText(row.at("contracts").volume(id)) };
      if (this.isManaged) return own;
      if (house.method === "HELD") return { ...own, code: "HELD_BY", by: house.heldBy };
      return { ...own, odn: volumeText(this.shareOf(item, house)) };
    });
  }

  /** The ОДН of a business is its contract's matter: the same function as for the flats. */
  private shareOf(item: Input, house: HouseMonth): Volume {
    const at = this.input.at("house");
    const terms: HouseTerms = {
      totalAreaE4: at.scaled("totalArea", 4),
      commonAreaE4: at.scaled("commonArea", 4),
      normE4: at.scaled("normOdn", 4),
      management: "DIRECT",
      negativeMode: "CARRY",
      negativeOrder: "OFFSET_THEN_CAP",
      distributeAll: false,
    };
    const method = house.method === "NORM" ? "NORM" : "ODPU";
    return odnShare(terms, { ...house, method }, item.scaled("area", 4));
  }
}

function heldOf(row: Input): ReadonlyMap<string, string> {
  if (!row.has("held")) return new Map();
  return new Map(row.entries("held").map(([id, code]) => [id, code.asText()]));
}

function lawOf(input: Input, flats: readonly Flat[]): HouseholdLaw {
  const limits = input.has("ranges")
    ? input
        .at("ranges")
        .list("limits")
        .map((limit) => limit.asVolume())
    : [];
  const rows = input.list("tariffs");
  const plain = tariffVersions(rows, limits);
  const three = rows.some((row) => row.has("prices3"))
    ? tariffVersions(rows, limits, "prices3").map(
        (version, index): TariffVersion => ({
          ...version,
          prices: { T0: plain[index]?.prices.T0 ?? [], ...version.prices },
        }),
      )
    : plain;
  const forever = { from: LONG_AGO, to: null, act: "", origin: NOWHERE };
  return {
    tariffs: { HOUSE: plain, "HOUSE 3": three },
    norms: Object.fromEntries(
      flats.map((flat) => [flat.norm, [{ ...forever, perPerson: flat.norms }]]),
    ),
    odnNorms: { ODN: [{ ...forever, perUnit: input.at("house").volume("normOdn") }] },
    plotNorms: {},
  };
}

const SWITCHES = {
  negativeMode: "odn.negative.mode",
  negativeOrder: "odn.negative.order",
  distributeAll: "odn.distributeAll",
  residual: "odn.residual",
  negativeCommon: "communal.negativeCommon",
  splitKey: "separateAccounts.splitKey",
} as const;

function switchesOf(input: Input): Readonly<Record<string, string>> {
  const switches: Record<string, string> = {};
  if (input.has("ranges")) switches["tariff.scheme"] = "RANGES";
  for (const [short, name] of Object.entries(SWITCHES))
    if (input.has(short)) switches[name] = input.text(short);
  if (input.flag("noCap", false)) switches["odn.distributeAll"] = "true";
  return switches;
}

function contract(item: Input, place: number, row: Input, isHeld: boolean): PremisesFacts {
  return {
    premises: (place + 1) as PremisesId,
    number: item.text("id"),
    use: "NON_RESIDENTIAL",
    areaE4: [always(item.scaled("area", 4))],
    payers: [],
    points: [],
    sections: [],
    history: [],
    missedPeriods: 0,
    contract: {
      account: (place * 100 + 1) as AccountId,
      volume: isHeld ? null : row.at("contracts").volume(item.text("id")),
    },
  };
}

/** The ОДПУ of a case is the volume of its month. */
function odpuOf(energy: Volume, period: Month): PointFacts {
  const state = (value: Volume, stateAt: Day) =>
    ({ stateAt, values: [value], source: "PORTAL", origin: NOWHERE }) as const;
  return {
    point: 1,
    meters: [
      {
        meter: 1 as MeterId,
        serial: "ОДПУ",
        installed: { from: LONG_AGO, to: null },
        zones: ["T0"],
        digits: 9,
        ratio: 1,
        faults: [],
        readings: [state(volume(0), firstDay(period)), state(energy, endDay(period))],
        origin: NOWHERE,
      },
    ],
  };
}

const KINDS: Readonly<Partial<Record<LineKind, string>>> = {
  OWN: "own",
  SECTION: "section",
  COMMON: "common",
  ODN: "odn",
};

function caseLine(line: Line, period: Month): HouseLine {
  invariant(line.price !== null, "a line without price");
  const { zone, range, amount, price } = line;
  const origin = line.origin === period ? null : line.origin;
  const kind = KINDS[line.kind] ?? line.kind;
  return { kind, zone, range, origin, volume: line.volume, price, amount };
}

function houseJson(house: HouseMonth, total: string): Json {
  const shown = { odpu: house.odpu === null ? null : volumeText(house.odpu) };
  const carryIn = volumeText(house.carryIn);
  if (house.method === "HELD")
    return { method: "HELD", heldBy: house.heldBy, ...shown, carryIn, total };
  const common =
    house.manager === null
      ? { shares: volumeText(house.shares), residue: volumeText(house.residue) }
      : { manager: volumeText(house.manager) };
  return {
    method: house.method === "NORM" ? "NORM" : "ODPU",
    ...shown,
    individual: volumeText(house.individual),
    nonres: volumeText(house.nonResidential),
    carryIn,
    raw: volumeText(house.raw),
    carryUsed: volumeText(house.carryUsed),
    carryOut: volumeText(house.carryOut),
    cap: volumeText(house.cap),
    distributed: volumeText(house.distributed),
    overNorm: volumeText(house.overNorm),
    ...common,
    ...(house.communalResidue === null
      ? {}
      : { communalResidue: volumeText(house.communalResidue) }),
    total,
  };
}
