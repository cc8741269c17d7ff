import type { VoltageLevel } from "../../normalizer/model/facts.ts";
import type { LineKind, Zone } from "../../normalizer/model/lines.ts";
import type { DeliveryState } from "../../normalizer/model/outbound.ts";
import type { FileOutcome } from "../../normalizer/model/problems.ts";
import type { MoneySource, ReadingSource } from "../../normalizer/model/records.ts";
import type { OutlierReason } from "../../normalizer/store/run-outliers.ts";

/**
 * Words of the trade for codes of the model, as people see them. Pure data: the browser reads it
 * too.
 */
export const ZONE_NAMES: Readonly<Record<Zone, string>> = {
  T0: "сутки",
  T1: "день",
  T3: "полупик",
  T2: "ночь",
};

export const SOURCE_NAMES: Readonly<Record<ReadingSource, string>> = {
  AMI: "АСКУЭ",
  CONTROLLER: "контролёр",
  CHECK: "проверка",
  PORTAL: "личный кабинет",
  GIS_ZHKH: "ГИС ЖКХ",
  ROBOT: "голосовой робот",
  PAYMENT: "при оплате",
};

/** Kinds of sources, as a person chooses how a file is to be read. */
export const SOURCE_KIND_NAMES = {
  bank: "Выписка банка, 1CClientBankExchange",
  "gis-zhkh": "Извещения об оплате из ГИС ЖКХ, xml",
  pyramida: "80020: получасовые значения, xml или zip",
  tabular: "Таблица показаний, csv",
} as const;
export type SourceKind = keyof typeof SOURCE_KIND_NAMES;

export const OUTCOME_NAMES: Readonly<Record<FileOutcome, string>> = {
  accepted: "принят",
  partial: "принят частично",
  rejected: "отклонён",
  quarantined: "в карантине",
};

export const INTERVAL_UNIT_NAMES: Readonly<Record<string, string>> = {
  kWh: "кВт·ч",
  kvarh: "квар·ч",
};

/** What a receiver of 80020 answers of a file. */
export const RECEIPT_NAMES = [
  "принят",
  "есть некоммерческие значения",
  "канал ждёт привязки",
  "отклонён",
  "не читается как XML",
] as const;

/** Codes of measuring channels of class 80020. */
export const CHANNEL_NAMES: Readonly<Record<string, string>> = {
  "01": "активная, приём",
  "02": "активная, отдача",
  "03": "реактивная, приём",
  "04": "реактивная, отдача",
};

export const VOLTAGE_NAMES: Readonly<Record<VoltageLevel, string>> = {
  VN: "ВН",
  SN1: "СН-I",
  SN2: "СН-II",
  NN: "НН",
};

/** Tariff categories of the law files; an unknown one is shown by its code. */
export const CATEGORY_NAMES: Readonly<Record<string, string>> = {
  URBAN_GAS: "город, газовые плиты",
  URBAN_ELECTRIC: "город, электроплиты",
  RURAL: "село",
};

export const LINE_NAMES: Readonly<Record<LineKind, string>> = {
  METER: "По прибору учёта",
  METER_DELTA: "Перерасчёт по прибору",
  AVERAGE: "По среднемесячному",
  NORM: "По нормативу",
  KPOV: "Повышающий коэффициент",
  KDELAY: "Просрочка поставщика с прибором учёта",
  FIXED: "Фиксированный объём",
  OWN: "Собственное потребление",
  SECTION: "Доля секции",
  COMMON: "Общие нужды квартиры",
  ODN: "Общедомовые нужды",
  ABSENCE: "Временное отсутствие",
  TAMPER: "Вмешательство в прибор учёта",
  MANUAL: "Ручное начисление",
  ENERGY: "Электроэнергия",
  CAPACITY: "Мощность",
  TRANSMISSION_POWER: "Передача, мощность",
  FACT_OVER_PLAN: "Факт выше плана",
  PLAN_OVER_FACT: "План выше факта",
  PLAN_SUM: "Плановый объём",
  DEVIATION_ABS: "Отклонения",
  BENEFIT: "Льгота",
  PLOT: "Земельный участок",
  UNAUTHORISED: "Самовольное подключение",
};

/** Why a sum of a run stands out beside the month before. */
export const OUTLIER_NAMES: Readonly<Record<OutlierReason, string>> = {
  NEGATIVE: "Итог отрицательный",
  CORRECTION: "Перерасчёт больше начисления месяца",
  GONE: "Начислялось, теперь нет",
  GROWN: "Выросло втрое и больше",
  FALLEN: "Упало втрое и больше",
  FIRST: "Крупное первое начисление",
};

export const DELIVERY_STATE_NAMES: Readonly<Record<DeliveryState, string>> = {
  waiting: "ждёт",
  sending: "отправляется",
  sent: "у контрагента",
  confirmed: "принято",
  refused: "отказано",
  unknown: "исход неизвестен",
  held: "задержано",
  withdrawn: "отозвано",
};

/** Kinds of objects that go out; an unknown one is shown by its code. */
export const OBJECT_KIND_NAMES: Readonly<Record<string, string>> = {
  account: "лицевой счёт",
  "payment-document": "платёжный документ",
  "payment-order": "платёжное поручение",
  acknowledgement: "квитирование",
  withdrawal: "отзыв",
};

export const EXCHANGE_STATE_NAMES: Readonly<Record<string, string>> = {
  prepared: "готово, не отправлено",
  sent: "отправлено, ответа нет",
  accepted: "принято в обработку",
  done: "ответ получен",
  unknown: "исход неизвестен",
  failed: "не состоялось",
};

export const MONEY_SOURCE_NAMES: Readonly<Record<MoneySource, string>> = {
  BANK: "банк",
  GIS_ZHKH: "ГИС ЖКХ",
};
