import type { HouseMonth } from "../../normalizer/model/house-facts.ts";
import { ZONES, type Zone } from "../../normalizer/model/lines.ts";
import { houseBalancesOf } from "../../normalizer/store/reports/house-balance.ts";
import { type Cell, energy, type Report, text } from "./report.ts";

const METHODS: Readonly<Record<HouseMonth["method"], string>> = {
  METER: "по ОДПУ",
  AVERAGE: "по среднему ОДПУ",
  NORM: "по нормативу",
  HELD: "ожидает",
};

const ZONES_OF_DAY = ZONES.filter((zone) => zone !== "T0");

/** Empty where the house has no such zone. */
function zoneCells(zones: HouseMonth["zones"], name: Zone): readonly Cell[] {
  const zone = zones.find((item) => item.zone === name);
  if (zone === undefined) return [null, null, null, null];
  return [zone.odpu, zone.individual + zone.nonResidential, zone.raw, zone.distributed];
}

/** «Ведомость распределения небаланса ОДН»: each house meter = premises + common lines + what is over or carried. */
export const houseBalance: Report = {
  name: "odn",
  title: "Ведомость распределения небаланса ОДН",
  columns: [
    text("district", "Район"),
    text("address", "Адрес"),
    text("method", "Способ"),
    energy("odpu", "ОДПУ"),
    energy("individual", "Жилые помещения"),
    energy("nonResidential", "Нежилые помещения"),
    energy("carryIn", "Отрицательный ОДН на начало"),
    energy("raw", "ОДН до зачёта"),
    energy("carryUsed", "Зачтено"),
    energy("carryExpired", "Истёк срок"),
    energy("carryOut", "Отрицательный ОДН на конец"),
    energy("cap", "Норматив"),
    energy("distributed", "Распределено"),
    energy("overNorm", "Сверх норматива"),
    energy("shares", "Сумма строк"),
    energy("residue", "Остаток округления"),
    energy("communalResidue", "Остаток по коммунальным"),
    energy("manager", "Управляющей организации"),
    text("heldBy", "Ожидает помещения"),
    ...ZONES_OF_DAY.flatMap((zone) => [
      energy(`odpu${zone}`, `ОДПУ, ${zone}`),
      energy(`premises${zone}`, `Помещения, ${zone}`),
      energy(`raw${zone}`, `ОДН до зачёта, ${zone}`),
      energy(`distributed${zone}`, `Распределено, ${zone}`),
    ]),
  ],
  async rows(queryable, shard, { scope, period }) {
    const houses = await houseBalancesOf(queryable, scope, shard, period);
    return houses.map((house) => [
      ...[house.district, house.address, METHODS[house.method], house.odpu, house.individual],
      ...[house.nonResidential, house.carryIn, house.raw, house.carryUsed, house.carryExpired],
      ...[
        house.carryOut,
        house.cap,
        house.distributed,
        house.overNorm,
        house.shares,
        house.residue,
      ],
      ...[house.communalResidue, house.manager, house.heldBy.join(", ")],
      ...ZONES_OF_DAY.flatMap((zone) => zoneCells(house.zones, zone)),
    ]);
  },
};
