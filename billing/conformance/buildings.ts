import { amountOf, formatFixed, type Volume, volume } from "../../normalizer/model/units.ts";
import { roomOdn, roomParts } from "../buildings/communal.ts";
import {
  type HouseTerms,
  type OdnMonth,
  odnDetail,
  odnMonth,
  odnShare,
  reductionByResidents,
} from "../buildings/odn.ts";
import { separateVolumes } from "../buildings/separate.ts";
import { totalOf } from "./households.ts";
import { type Input, type Json, moneyText, monthText, volumeText } from "./input.ts";

const LINE_NAMES = { OWN: "own", SECTION: "section", COMMON: "common", ODN: "odn" } as const;

export function communal(input: Input): Json {
  const price = input.price("price");
  const sections = new Map<string, Volume>(
    input.has("sections")
      ? input.entries("sections").map(([id, value]) => [id, value.asVolume()] as const)
      : [],
  );
  const rooms = input.list("rooms").map((room) => ({
    id: room.text("id"),
    persons: room.scaled("persons", 4),
    metered: room.has("room") ? room.volume("room") : null,
    section: room.has("section") ? room.text("section") : null,
  }));
  const areas = input.list("rooms").map((room) => room.scaledOr("area", 4, 0));
  const shares = input.has("odnVolume") ? roomOdn(input.volume("odnVolume"), areas) : [];
  const parts = roomParts({
    flat: input.has("flatVolume") ? input.volume("flatVolume") : null,
    sections,
    rooms,
    partialRoomMeters: "FORMULA_7",
    negativeCommon: input.textOr("negativeCommon", "ALLOW") === "ZERO" ? "ZERO" : "ALLOW",
  });
  const all: { amount: number }[] = [];
  const rows = parts.map((own, index) => {
    const share = shares[index];
    const odn = share === undefined ? [] : [{ kind: "ODN" as const, volume: share }];
    const lines = [...own, ...odn].map((part) => ({
      kind: part.kind,
      volume: part.volume,
      amount: amountOf(part.volume, price),
    }));
    all.push(...lines);
    return {
      id: rooms[index]?.id ?? null,
      lines: lines.map((line) => ({
        kind: LINE_NAMES[line.kind],
        volume: volumeText(line.volume),
        amount: moneyText(line.amount),
      })),
      volume: volumeText(sumVolumes(lines.map((line) => line.volume))),
      total: totalOf(lines),
    };
  });
  return { rooms: rows, total: totalOf(all) };
}

export function sumVolumes(volumes: readonly Volume[]): Volume {
  let sum = 0;
  for (const item of volumes) sum += item;
  return volume(sum);
}

export function separate(input: Input): Json {
  const price = input.price("price");
  const key = input.text("key");
  const accounts = input.list("accounts");
  const volumes = separateVolumes(
    input.volume("volume"),
    key === "fixed" ? "FIXED" : "WEIGHT",
    accounts.map((account) => ({
      weight: account.scaledOr(key, 4, 0),
      isPrimary: account.flag("primary", false),
    })),
  );
  const lines = volumes.map((energy) => ({ energy, amount: amountOf(energy, price) }));
  return {
    accounts: lines.map(({ energy, amount }, index) => ({
      id: accounts[index]?.text("id") ?? null,
      volume: volumeText(energy),
      amount: moneyText(amount),
    })),
    total: totalOf(lines),
  };
}

export function odn(input: Input): Json {
  const building = input.at("building");
  const mode = input.textOr("negativeMode", "CARRY");
  const terms: HouseTerms = {
    totalAreaE4: building.scaled("totalArea", 4),
    commonAreaE4: building.scaled("commonArea", 4),
    normE4: building.scaled("normOdn", 4),
    management: input.flag("excludeMgmt", false) ? "MANAGED" : "DIRECT",
    negativeMode: mode === "REDUCE_BY_RESIDENTS" || mode === "ZERO" ? mode : "CARRY",
    negativeOrder:
      input.textOr("negativeOrder", "OFFSET_THEN_CAP") === "CAP_THEN_OFFSET"
        ? "CAP_THEN_OFFSET"
        : "OFFSET_THEN_CAP",
    distributeAll: input.flag("noCap", false),
  };
  let carry = volume(input.scaledOr("carryIn", 4, 0));
  const months = input.list("months").map((row) => {
    const month = odnMonth(
      terms,
      {
        house: row.has("odpu") ? row.volume("odpu") : null,
        nonResidential: volume(row.scaledOr("nonres", 4, 0)),
        unmetered: volume(row.scaledOr("unmetered", 4, 0)),
        metered: volume(row.scaledOr("metered", 4, 0)),
        heat: volume(row.scaledOr("heatgen", 4, 0)),
      },
      carry,
    );
    carry = month.carryOut;
    return { period: monthText(row.month("period")), ...odnText(month, terms, row, input) };
  });
  return { months, carryOut: volumeText(carry) };
}

function odnText(month: OdnMonth, terms: HouseTerms, row: Input, input: Input) {
  const price = row.price("price");
  const premises = input.list("premises");
  let persons = 0;
  for (const item of premises) persons += item.scaledOr("persons", 4, 0);
  return {
    method: month.method,
    raw: volumeText(month.raw),
    carryUsed: volumeText(month.carryUsed),
    carryOut: volumeText(month.carryOut),
    cap: volumeText(month.cap),
    distributed: volumeText(month.distributed),
    overNorm: volumeText(month.overNorm),
    premises: premises.map((item) => {
      const energy = odnShare(terms, month, item.scaled("area", 4));
      const share = {
        id: item.text("id"),
        volume: volumeText(energy),
        amount: moneyText(amountOf(energy, price)),
      };
      if (terms.negativeMode !== "REDUCE_BY_RESIDENTS") return share;
      const individual = item.volume("individual");
      const own = item.scaledOr("persons", 4, 0);
      const reduction = reductionByResidents(month.raw, own, persons, individual);
      const after = volume(individual - reduction);
      return {
        ...share,
        reduction: volumeText(reduction),
        individualAfter: volumeText(after),
        individualAmount: moneyText(amountOf(after, price)),
      };
    }),
  };
}

export function f83(input: Input): Json {
  const mkd = input.volume("mkdVolume");
  const total = input.scaled("areaTotal", 4);
  const inside = sumVolumes(input.list("premisesTotals").map((row) => row.volume("volume")));
  const common = volume(mkd - inside);
  return {
    mkdVolume: volumeText(mkd),
    premisesVolume: volumeText(inside),
    odn: volumeText(common),
    premises: input.list("premises").map((row) => {
      const detail = odnDetail(common, row.scaled("area", 4), total);
      return {
        id: row.text("id"),
        coefficient: formatFixed(detail.coefficientE4, 4),
        individual: volumeText(row.volume("individual")),
        odn: detail.odn === null ? null : volumeText(detail.odn),
      };
    }),
  };
}
