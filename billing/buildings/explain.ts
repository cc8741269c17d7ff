import type { TraceStep } from "../../normalizer/model/lines.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import type { EnergyPart } from "../households/pricing.ts";
import { energy, kilowattHours } from "../wording.ts";
import type { RoomPart } from "./communal.ts";
import type { AccountShare } from "./separate.ts";

export type Step = Omit<TraceStep, "account" | "ordinal">;

const ROUNDED = "до 0,0001 кВт·ч";

/** One part of the volume of a premises, and what of it each of the separate accounts has. */
export interface ShareOfPart {
  readonly part: EnergyPart;
  readonly accounts: readonly AccountShare[];
  readonly volumes: readonly Volume[];
  /** Place of the explained account. */
  readonly index: number;
  readonly key: "WEIGHT" | "FIXED";
}

/** Weights by persons are person-days; whole months of them are shown as persons. */
export function shareSteps(of: ShareOfPart, daysOfMonth: number): Step {
  const own = of.volumes[of.index] ?? volume(0);
  const common = {
    clause: "ГК РФ, ст. 249; ЖК РФ, ст. 155",
    result: kilowattHours(own),
  };
  const zone = of.part.zone;
  if (of.accounts[of.index]?.isPrimary === true) {
    const others = of.volumes.filter((_, place) => place !== of.index);
    return {
      ...common,
      text: `Объём помещения за вычетом долей других счетов, зона ${zone}`,
      formula: minus(of.part.volume, others),
    };
  }
  const weights = of.accounts.map(({ weight }) => weight);
  const weight = weights[of.index] ?? 0;
  if (of.key === "FIXED") {
    return {
      ...common,
      text: `Доля счёта в твёрдом объёме, зона ${zone}`,
      formula: energy(volume(weight)),
    };
  }
  const [shown = 0, ...all] = plainWeights([weight, ...weights], daysOfMonth);
  return {
    ...common,
    text: `Доля счёта в объёме помещения, зона ${zone}`,
    formula: `${energy(of.part.volume)} × ${shown} / (${all.join(" + ")})`,
    rounding: ROUNDED,
  };
}

const OF_ROOM = {
  OWN: {
    clause: "ПП РФ 354, п. 50, прил. 2, формула 7",
    text: "Доля комнаты в объёме общего прибора по числу проживающих",
  },
  SECTION: {
    clause: "ПП РФ 354, п. 50, прил. 2, формула 9",
    text: "Доля комнаты в объёме секции сверх приборов её комнат по числу проживающих",
  },
  COMMON: {
    clause: "ПП РФ 354, п. 50, прил. 2, формула 9",
    text: "Доля комнаты в объёме квартиры сверх приборов её комнат и секций по числу проживающих",
  },
} as const;

const OF_REST = {
  clause: "ПП РФ 354, п. 50; переключатель communal.section.partialRoomMeters",
  text: "Доля комнаты без прибора в объёме секции сверх приборов других её комнат по числу проживающих",
} as const;

/** How a room shares in a common meter; null for what its own meter shows. */
export function roomStep(part: RoomPart, zone: string, daysOfMonth: number): Step | null {
  if (part.share === null) return null;
  const { whole, persons, of, isRest } = part.share;
  const [shown, all] = plainWeights([persons, of], daysOfMonth);
  const unit = shown === persons && persons !== 0 ? " чел.-дн." : " чел.";
  const { clause, text } = isRest && part.kind === "OWN" ? OF_REST : OF_ROOM[part.kind];
  return {
    clause,
    text: `${text}, зона ${zone}`,
    formula: `${energy(whole)} × ${shown} / ${all}${unit}`,
    result: kilowattHours(part.volume),
    rounding: ROUNDED,
  };
}

function plainWeights(weights: readonly number[], daysOfMonth: number): readonly number[] {
  const whole = weights.every((weight) => weight % daysOfMonth === 0);
  return whole ? weights.map((weight) => weight / daysOfMonth) : weights;
}

export function minus(from: Volume, less: readonly Volume[]): string {
  const terms = less.map((item) => (item < 0 ? `+ ${energy(volume(-item))}` : `− ${energy(item)}`));
  return [energy(from), ...terms].join(" ");
}
