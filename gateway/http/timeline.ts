import { addDays, day, formatDay, formatMonth } from "../../normalizer/model/dates.ts";
import type { EntryKind, LedgerEntry } from "../../normalizer/model/facts.ts";
import type { Origin } from "../../normalizer/model/ids.ts";
import { formatScaled, VOLUME_SCALE } from "../../normalizer/model/units.ts";
import type { AnyPageFact, PageFact, PageReading } from "../../normalizer/store/account-page.ts";
import { monthText } from "../console/format.ts";
import { CATEGORY_NAMES, SOURCE_NAMES, VOLTAGE_NAMES, ZONE_NAMES } from "./names.ts";
import type { TimelineEventAnswer } from "./schemas/accounts.ts";

/** What the hub knows of the messages that the events came from. */
export type MessageNames = ReadonlyMap<
  number,
  { readonly receivedAt: string; readonly name: string }
>;

type Meter = PageFact<"meter">["body"];

/**
 * Events of facts: what became true on a day, in the words of the counter. A holder's name is not
 * among them.
 */
export function factEvents(
  facts: readonly AnyPageFact[],
  messages: MessageNames,
): readonly TimelineEventAnswer[] {
  return facts.flatMap((fact) => {
    const [title, detail] = wordsOf(fact);
    const common = {
      kind: "fact",
      amount: null,
      month: null,
      origin: originRef(fact.origin),
      recordedAt: messages.get(fact.origin.message)?.receivedAt ?? null,
      author: fact.author,
      inForce: fact.inForce,
    } as const;
    const begin = { ...common, day: fact.validFrom, title, detail };
    if (fact.kind !== "meter" || fact.validTo === null) return [begin];
    const removed = { title: `Снят прибор ${fact.body.serial}`, detail: "" };
    return [begin, { ...common, day: fact.validTo, ...removed }];
  });
}

function wordsOf(fact: AnyPageFact): readonly [title: string, detail: string] {
  switch (fact.kind) {
    case "site":
      return ["Объект", fact.body.address];
    case "account": {
      const { category, norm, areaM2, premises } = fact.body;
      const billed = norm === null ? "норматив не задан" : `норматив ${norm}`;
      const tariff = CATEGORY_NAMES[category] ?? category;
      const area = `${areaM2.replace(".", ",")} м²`;
      return ["Лицевой счёт", `${premises}, ${area}, ${tariff}, ${billed}`];
    }
    case "residents":
      return [`Проживающих: ${fact.body.count}`, ""];
    case "contract": {
      const { priceCategory, maxPowerKw, voltageLevel } = fact.body;
      const level = VOLTAGE_NAMES[voltageLevel];
      return ["Договор", `ЦК ${priceCategory}, ${level}, максимальная мощность ${maxPowerKw} кВт`];
    }
    case "meter": {
      const { serial, zones, ratio, digits } = fact.body;
      const names = zones.map((zone) => ZONE_NAMES[zone]).join(", ");
      return [`Установлен прибор ${serial}`, `${names}; разрядность ${digits}, Ктт ${ratio}`];
    }
    case "supply-point":
      return ["Точка поставки", fact.body.name];
    default:
      return [fact.kind, ""];
  }
}

/** Events of readings; the day is the law's «показание на». */
export function readingEvents(
  readings: readonly PageReading[],
  meters: ReadonlyMap<number, Meter>,
  messages: MessageNames,
): readonly TimelineEventAnswer[] {
  return readings.map((reading) => {
    const meter = meters.get(reading.meter);
    const states = reading.values.map((value, index) => {
      const zone = meter?.zones[index];
      const name = zone === undefined || zone === "T0" ? "" : `${ZONE_NAMES[zone]} `;
      return name + formatScaled(value, VOLUME_SCALE).replace(".", ",");
    });
    return {
      day: readOnOf(reading.stateAt),
      kind: "reading",
      title: `Показание ${states.join(" · ")}`,
      detail: `прибор ${meter?.serial ?? reading.meter}, ${sourceName(reading.source)}`,
      amount: null,
      month: null,
      origin: originRef(reading.origin),
      recordedAt: messages.get(reading.origin.message)?.receivedAt ?? null,
      author: null,
      inForce: reading.inForce,
    };
  });
}

const ENTRY_TITLES: Readonly<Record<EntryKind, string>> = {
  OPENING: "Входящее сальдо",
  CHARGE: "Начислено",
  CORRECTION: "Перерасчёт",
  PAYMENT: "Оплата",
  REVERSAL: "Отмена оплаты",
  PENALTY: "Пени",
  REFUND: "Возврат аванса",
  COURT_COSTS: "Госпошлина и издержки",
  WRITE_OFF: "Списание долга",
  PENALTY_WRITE_OFF: "Списание пеней",
  COURT_COSTS_WRITE_OFF: "Списание издержек",
};

const PAYMENT_KINDS: readonly EntryKind[] = ["PAYMENT", "REVERSAL", "REFUND"];

/** Events of the ledger; what a run charged leads to the explanation of its month. */
export function entryEvents(
  entries: readonly LedgerEntry[],
  messages: MessageNames,
): readonly TimelineEventAnswer[] {
  return entries.map(({ kind, valueDay, period, origin, amount, source }) => ({
    day: formatDay(valueDay),
    kind: PAYMENT_KINDS.includes(kind) ? "payment" : "charge",
    title: ENTRY_TITLES[kind],
    detail: origin === null ? "" : `за ${monthText(formatMonth(origin))}`,
    amount,
    month: source === null ? formatMonth(period) : null,
    origin: source === null ? null : originRef(source),
    recordedAt: source === null ? null : (messages.get(source.message)?.receivedAt ?? null),
    author: null,
    inForce: true,
  }));
}

export function readOnOf(stateAt: string): string {
  return formatDay(addDays(day(stateAt), -1));
}

export function originRef({ message, at }: Origin): { message: number; at: number } {
  return { message, at };
}

export function sourceName(source: string): string {
  return Object.hasOwn(SOURCE_NAMES, source)
    ? SOURCE_NAMES[source as keyof typeof SOURCE_NAMES]
    : source;
}
