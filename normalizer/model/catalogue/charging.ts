import type { ProblemDefinition } from "./definition.ts";

/** What keeps or marks a charge. */
export const CHARGING_PROBLEMS = {
  HELD_BY: {
    outcome: "held",
    text: "Общие строки ждут исправления[: {unit}]",
    remedy: "Исправить указанный счёт или прибор",
  },
  METER_OR_FEASIBLE: {
    outcome: "request refused",
    text: "Перерасчёта нет: прибор установлен или его можно установить",
    remedy: "Показать потребителю причину отказа",
  },
  LE_5_FULL_DAYS: {
    outcome: "request refused",
    text: "Перерасчёта нет: полных дней отсутствия пять или меньше",
    remedy: "Показать потребителю причину отказа",
  },
  GT_6_MONTHS: {
    outcome: "request refused",
    text: "Перерасчёта нет за дни после шести месяцев отсутствия",
    remedy: "Взять у потребителя новое заявление о продолжении отсутствия",
  },
  NO_PRICE: {
    outcome: "held",
    text: "Нет цены[ {name}][ на {date}]",
    remedy: "Загрузить недостающие данные с актом",
  },
  NO_NORM: {
    outcome: "held",
    text: "Нет норматива[ {name}][ на {date}]",
    remedy: "Загрузить недостающие данные с актом",
  },
  NO_LAW_DATA: {
    outcome: "held",
    text: "Нет нормативных данных[: {name}][ на {date}]",
    remedy: "Загрузить недостающие данные с актом",
  },
  EDITION_STRADDLED: {
    outcome: "held",
    text: "Период пересекает смену редакции[ {date}], правило разделить нельзя",
    remedy: "Разделить период по указанной дате",
  },
  PEAK_HOURS_MISMATCH: {
    outcome: "held",
    text: "Часы пиковой нагрузки не совпадают с рабочими днями[: {reason}]",
    remedy: "Загрузить верный файл АТС",
  },
  NO_MAX_POWER: {
    outcome: "held",
    text: "В договоре нет максимальной мощности",
    remedy: "Внести параметр в договор",
  },
  PLAN_MISSING: {
    outcome: "warned",
    text: "Нет планового почасового объёма, взят объём по умолчанию",
    remedy: "Внести параметр в договор",
  },
  TRANSIT_EXCEEDS: {
    outcome: "warned",
    text: "Транзит больше показаний прибора, к оплате 0",
    remedy: "Сверить показания субабонентов и профиль",
  },
  HOURLY_BALANCE: {
    outcome: "warned",
    text: "Почасовой объём не сходится с показаниями[: {given} против {expected}]",
    remedy: "Сверить показания субабонентов и профиль",
  },
  ODN_NEGATIVE: {
    outcome: "warned",
    text: "Общедомовой объём отрицательный[: {given}], перенесён на следующий период",
    remedy: "Проверить показания ОДПУ и квартир",
  },
  ODN_OVER_NORM: {
    outcome: "warned",
    text: "Общедомовой объём[ {given}] выше норматива[ {allowed}]",
    remedy: "Проверить показания ОДПУ и квартир",
  },
  VERIFICATION_EXPIRED: {
    outcome: "warned",
    text: "Срок поверки прибора истёк[ {date}]",
    remedy: "Назначить поверку, осмотр или замену",
  },
  METER_LOST: {
    outcome: "warned",
    text: "От прибора нет данных 180 дней",
    remedy: "Назначить поверку, осмотр или замену",
  },
  PRICE_OVER_LIMIT: {
    outcome: "held",
    text: "Цена[ {given}] выше опубликованной предельной[ {allowed}]",
    remedy: "Проверить причину, подтвердить",
  },
  RECALC_TOO_OLD: {
    outcome: "held",
    text: "Перерасчёт старше срока давности[: {period}]",
    remedy: "Проверить причину, подтвердить",
  },
  BILL_OUTLIER: {
    outcome: "held",
    text: "Начисление намного отличается от обычного[: {given}]",
    remedy: "Проверить причину, подтвердить",
  },
  UNBILLED: {
    outcome: "held",
    text: "У действующего счёта нет ни одной строки",
    remedy: "Проверить причину, подтвердить",
  },
} as const satisfies Record<string, ProblemDefinition>;
