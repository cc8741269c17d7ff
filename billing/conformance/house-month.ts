import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { TariffVersion } from "../../normalizer/model/facts.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { amountOf, type Price, type Volume, volume } from "../../normalizer/model/units.ts";
import { type RoomPart, roomParts } from "../buildings/communal.ts";
import { type HousePremises, type HouseResult, houseMonth as houseOf } from "../buildings/house.ts";
import type { HouseTerms } from "../buildings/odn.ts";
import { type AccountShare, separateVolumes } from "../buildings/separate.ts";
import { versionAt } from "../households/pricing.ts";
import { sumVolumes } from "./buildings.ts";
import { documentLines } from "./house-acts.ts";
import { Flat } from "./house-flat.ts";
import type { HouseLine } from "./house-line.ts";
import { tariffVersions, totalOf } from "./households.ts";
import { type Input, type Json, moneyText, monthText, priceText, volumeText } from "./input.ts";

interface AccountRow {
  readonly id: string;
  readonly regular: readonly HouseLine[];
  readonly documents: readonly HouseLine[];
}

interface PremisesMonth {
  readonly facts: HousePremises;
  readonly code: string | null;
  readonly accounts: readonly AccountRow[];
}

export function houseMonth(input: Input): Json {
  const house = new House(input);
  return { months: input.list("months").map((row) => house.month(row)) };
}

class House {
  private readonly input: Input;
  private readonly terms: HouseTerms;
  private readonly tariffs: readonly TariffVersion[];
  private readonly flats: ReadonlyMap<string, Flat>;
  private readonly hasRanges: boolean;
  private carry: Volume;

  constructor(input: Input) {
    this.input = input;
    const house = input.at("house");
    this.terms = {
      totalAreaE4: house.scaled("totalArea", 4),
      commonAreaE4: house.scaled("commonArea", 4),
      normE4: house.scaled("normOdn", 4),
      management: house.text("management") === "MANAGED" ? "MANAGED" : "DIRECT",
      negativeMode: "CARRY",
      negativeOrder: "OFFSET_THEN_CAP",
      distributeAll: false,
    };
    this.carry = volume(house.scaledOr("carryIn", 4, 0));
    this.hasRanges = input.has("ranges");
    this.tariffs = tariffVersions(input.list("tariffs"), []);
    const first = input.list("months")[0]?.month("period");
    invariant(first !== undefined, "no months");
    this.flats = new Map(
      input
        .list("premises")
        .filter((row) => !row.flag("contract", false))
        .map((row) => [row.text("id"), new Flat(row, input, first)] as const),
    );
  }

  month(row: Input): Json {
    const period = row.month("period");
    const premises = this.input.list("premises").map((item) => this.premises(item, row, period));
    const odpu = row.has("odpu") ? row.volume("odpu") : null;
    const facts = premises.map((item) => item.facts);
    const result = houseOf(this.terms, odpu, facts, this.carry);
    const accounts: Json[] = [];
    const contracts: Json[] = [];
    const all: HouseLine[] = [];
    for (const [index, item] of premises.entries()) {
      const shares = result.isHeld ? [] : (result.shares[index] ?? []);
      if (item.facts.isBusiness) contracts.push(this.contractJson(item, shares, result));
      for (const [place, account] of item.accounts.entries()) {
        const lines = this.linesOf(account, shares[place] ?? null, period);
        const odnLine = result.isHeld && this.terms.management === "DIRECT" ? result.heldBy : null;
        if (item.code === null) all.push(...lines);
        accounts.push(
          item.code === null
            ? this.accountJson(account, lines, odnLine)
            : { id: account.id, status: "HELD", code: item.code, lines: [], total: "0.00" },
        );
      }
    }
    const house = this.houseJson(result, odpu, totalOf(all));
    if (!result.isHeld) this.carry = result.month.carryOut;
    return {
      period: monthText(period),
      accounts,
      ...(contracts.length === 0 ? {} : { contracts }),
      house,
    };
  }

  private premises(item: Input, row: Input, period: Month): PremisesMonth {
    const id = item.text("id");
    const held = row.has("held") && row.at("held").has(id) ? row.at("held").text(id) : null;
    const common = { id, areaE4: item.scaled("area", 4), isHeld: held !== null };
    if (item.flag("contract", false)) {
      const regular = row.at("contracts").volume(id);
      const splitOdn = (share: Volume) => [share];
      const facts = { ...common, regular, isBusiness: true, splitOdn, roomLines: null };
      return { facts, code: held, accounts: [] };
    }
    const flat = this.flats.get(id);
    invariant(flat !== undefined, `premises ${id}`);
    if (held === null) flat.read(row, period);
    if (item.has("rooms")) return this.communal(item, flat, common, held, row, period);
    const lines = held === null ? flat.bill(period) : [];
    const documents = held === null ? documentLines(item, flat, row, this.tariffs) : [];
    const regular = sumVolumes(lines.filter((line) => line.origin === null).map((l) => l.volume));
    const shares = item.has("accounts") ? separateShares(item) : null;
    const splitOdn = (share: Volume) =>
      shares === null ? [share] : separateVolumes(share, "WEIGHT", shares);
    const facts = { ...common, regular, isBusiness: false, splitOdn, roomLines: null };
    const accounts =
      shares === null
        ? [{ id, regular: lines, documents }]
        : separateRows(item, shares, lines, documents);
    return { facts, code: held, accounts };
  }

  private communal(
    item: Input,
    flat: Flat,
    common: { readonly id: string; readonly areaE4: number; readonly isHeld: boolean },
    held: string | null,
    row: Input,
    period: Month,
  ): PremisesMonth {
    const rooms = item.list("rooms");
    const whole = held === null ? flat.moved("flat") : volume(0);
    const parts = held === null ? this.roomsOf(item, flat, whole) : rooms.map(() => []);
    const lines = parts.map((own) => own.map((part) => this.roomLine(part, period)));
    const areas = rooms.map((room) => room.scaled("area", 4));
    const accounts = rooms.map((room, index) => ({
      id: room.text("id"),
      regular: lines[index] ?? [],
      documents: documentLines(room, flat, row, this.tariffs),
    }));
    const roomLines = sumVolumes(parts.flat().map((part) => part.volume));
    return {
      facts: {
        ...common,
        regular: whole,
        isBusiness: false,
        splitOdn: (share) => roomShares(share, areas),
        roomLines,
      },
      code: held,
      accounts,
    };
  }

  private roomsOf(item: Input, flat: Flat, whole: Volume): readonly (readonly RoomPart[])[] {
    const sections = new Map<string, Volume>(
      item.has("sections")
        ? item
            .at("sections")
            .keys()
            .map((id) => [id, flat.moved(id)] as const)
        : [],
    );
    return roomParts({
      flat: whole,
      sections,
      odn: null,
      rooms: item.list("rooms").map((room) => ({
        id: room.text("id"),
        personsE4: room.scaled("persons", 4),
        areaE4: room.scaled("area", 4),
        metered: room.has("meter") ? flat.moved(room.text("id")) : null,
        section: room.has("section") ? room.text("section") : null,
      })),
      negativeCommon: "ALLOW",
    });
  }

  private priceT0(period: Month): Price {
    const version = versionAt(this.tariffs, (endDay(period) - 1) as Day);
    const price = version?.prices.T0?.[0];
    invariant(price !== undefined, "no price");
    return price;
  }

  private roomLine(part: RoomPart, period: Month): HouseLine {
    return this.plainLine(part.kind.toLowerCase(), part.volume, period);
  }

  private plainLine(kind: string, energy: Volume, period: Month): HouseLine {
    const price = this.priceT0(period);
    const amount = amountOf(energy, price);
    return { kind, zone: "T0", range: 1, origin: null, volume: energy, price, amount };
  }

  private linesOf(account: AccountRow, share: Volume | null, period: Month): readonly HouseLine[] {
    const isCharged = share !== null && this.terms.management === "DIRECT";
    const odn = isCharged ? [this.plainLine("odn", share, period)] : [];
    return [...account.regular, ...odn, ...account.documents];
  }

  private accountJson(
    account: AccountRow,
    lines: readonly HouseLine[],
    heldBy: readonly string[] | null,
  ): Json {
    const texts = lines.map((line) => this.lineJson(line));
    const held: Json[] = heldBy === null ? [] : [{ kind: "odn", code: "HELD_BY", by: heldBy }];
    const at = account.regular.length;
    return {
      id: account.id,
      lines: [...texts.slice(0, at), ...held, ...texts.slice(at)],
      total: totalOf(lines),
    };
  }

  private lineJson(line: HouseLine): Json {
    return {
      kind: line.kind,
      zone: line.zone,
      ...(this.hasRanges ? { range: line.range } : {}),
      ...(line.origin === null ? {} : { origin: monthText(line.origin) }),
      volume: volumeText(line.volume),
      price: priceText(line.price),
      amount: moneyText(line.amount),
    };
  }

  private contractJson(item: PremisesMonth, shares: readonly Volume[], result: HouseResult): Json {
    const own = { id: item.facts.id, volume: volumeText(item.facts.regular) };
    if (this.terms.management === "MANAGED") return own;
    if (result.isHeld) return { ...own, code: "HELD_BY", by: result.heldBy };
    return { ...own, odn: volumeText(shares[0] ?? volume(0)) };
  }

  private houseJson(result: HouseResult, odpu: Volume | null, total: string): Json {
    const shown = { odpu: odpu === null ? null : volumeText(odpu) };
    const carryIn = volumeText(this.carry);
    if (result.isHeld) return { method: "HELD", heldBy: result.heldBy, ...shown, carryIn, total };
    const { month } = result;
    const common =
      this.terms.management === "MANAGED"
        ? { manager: volumeText(month.distributed) }
        : {
            shares: volumeText(sumVolumes(result.shares.flat())),
            residue: volumeText(result.residue),
          };
    return {
      method: month.method,
      ...shown,
      individual: volumeText(result.individual),
      nonres: volumeText(result.nonResidential),
      carryIn,
      raw: volumeText(month.raw),
      carryUsed: volumeText(month.carryUsed),
      carryOut: volumeText(month.carryOut),
      cap: volumeText(month.cap),
      distributed: volumeText(month.distributed),
      overNorm: volumeText(month.overNorm),
      ...common,
      ...(result.communalResidue === null
        ? {}
        : { communalResidue: volumeText(result.communalResidue) }),
      total,
    };
  }
}

/** Formula 16 of the volume of the flat, by living area. */
function roomShares(share: Volume, areas: readonly number[]): readonly Volume[] {
  const rooms = areas.map((areaE4, at) => ({
    id: String(at),
    personsE4: 0,
    areaE4,
    metered: volume(0),
    section: null,
  }));
  const sections = new Map<string, Volume>();
  const parts = roomParts({ flat: null, sections, odn: share, rooms, negativeCommon: "ALLOW" });
  return parts.map((own) => own.find((part) => part.kind === "ODN")?.volume ?? volume(0));
}

function separateShares(item: Input): readonly AccountShare[] {
  return item.list("accounts").map((account) => ({
    weight: account.scaled("share", 4),
    isPrimary: account.flag("primary", false),
  }));
}

function separateRows(
  item: Input,
  shares: readonly AccountShare[],
  lines: readonly HouseLine[],
  documents: readonly HouseLine[],
): AccountRow[] {
  return item.list("accounts").map((account, index) => ({
    id: account.text("id"),
    regular: lines.map((line) => {
      const energy = separateVolumes(line.volume, "WEIGHT", shares)[index] ?? volume(0);
      return { ...line, volume: energy, amount: amountOf(energy, line.price) };
    }),
    documents: account.flag("primary", false) ? documents : [],
  }));
}
