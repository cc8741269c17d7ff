import type { Day } from "../../normalizer/model/dates.ts";
import { addMonths, firstDay } from "../../normalizer/model/dates.ts";
import type { VoltageLevel } from "../../normalizer/model/facts.ts";
import { between } from "../random.ts";
import type { BusinessIds, SupplierPlan } from "./plan.ts";
import { businessIds } from "./plan.ts";

export interface BusinessPoint {
  readonly point: number;
  readonly activeChannel: number;
  readonly reactiveChannel: number;
  /** Code by which the head-end names the point. */
  readonly code: string;
  readonly name: string;
  /** False: the head-end already sends the point, the supplier has not mapped it yet. */
  readonly mapped: boolean;
  /** Mean of a working half-hour, kWh. */
  readonly loadKwh: number;
}

export interface Business {
  readonly ids: BusinessIds;
  readonly number: string;
  readonly party: string;
  readonly inn: string;
  readonly address: string;
  readonly voltageLevel: VoltageLevel;
  readonly maxPowerKw: string;
  readonly openedOn: Day;
  readonly points: readonly BusinessPoint[];
  readonly openingKopecks: number;
}

/** ИНН of the head-end's owner, the sender of the files; its control digit holds. */
export const HEAD_END_INN = checkedInn("500100001");
export const HEAD_END_NAME = "АО «Энские электросети»";

const KINDS = ["Хлебозавод", "Торговый дом", "Мебельная фабрика", "Автобаза", "Типография"];
const TRAIT_LOAD = 101;

export function business(plan: SupplierPlan, index: number): Business {
  const ids = businessIds(plan, index);
  const kind = KINDS[index % KINDS.length] as string;
  const party = `ООО «${kind} № ${index + 1}»`;
  const inn = checkedInn(String(500_200_000 + index));
  // The third business has a second point that nobody has mapped when its first file comes.
  const codes = index === 2 ? [1, 2] : [1];
  return {
    ids,
    number: `50-${String(index + 1).padStart(6, "0")}`,
    party,
    inn,
    address: `г. Энск, Промышленный пр., д. ${index + 1}`,
    voltageLevel: index % 2 === 0 ? "SN2" : "NN",
    maxPowerKw: "400",
    openedOn: firstDay(addMonths(plan.period, -24)),
    points: codes.map((ordinal, place) => ({
      point: ids.points[place as 0 | 1],
      activeChannel: ids.channels[place as 0 | 1][0],
      reactiveChannel: ids.channels[place as 0 | 1][1],
      code: pointCode(index, ordinal),
      name: `${kind}, ввод ${ordinal}`,
      mapped: ordinal === 1,
      loadKwh: between(18, 120, plan.seed, TRAIT_LOAD, index, ordinal),
    })),
    openingKopecks: 0,
  };
}

/** 15 digits, as АИИС files name their points. */
function pointCode(index: number, ordinal: number): string {
  return `5021${String(index + 1).padStart(7, "0")}${String(1000 + ordinal)}`;
}

/** Appends the control digit of a legal entity's ИНН to its first nine digits. */
export function checkedInn(nineDigits: string): string {
  const weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
  const sum = weights.reduce(
    (total, weight, place) => total + weight * Number(nineDigits[place]),
    0,
  );
  return `${nineDigits}${(sum % 11) % 10}`;
}
