import type { ProblemDefinition } from "./definition.ts";

/** Registries, statements, cash, fiscal receipts, signed documents and accounting. */
export const MONEY_PROBLEMS = {
  // Money: registry, statement, cash
  BAD_AMOUNT: {
    outcome: "quarantined",
    variants: { QR: "file rejected" },
    text: "Сумма[ «{given}»] пуста или записана неправильно",
    remedy: "Исправить сумму в строке",
  },
  ZERO_AMOUNT: {
    outcome: "quarantined",
    variants: { QR: "file rejected" },
    text: "Нулевая сумма",
    remedy: "Исправить сумму в строке",
  },
  AMOUNT_TOO_LARGE: {
    outcome: "quarantined",
    variants: { QR: "file rejected" },
    text: "Сумма[ {given}] выше предела[ {allowed}]",
    remedy: "Исправить сумму в строке",
  },
  TRAILER_COUNT: {
    outcome: "quarantined",
    text: "Число строк не сходится с итогом файла[: {given} против {expected}]",
    remedy: "Запросить верный файл или выпустить с причиной",
  },
  TRAILER_SUM: {
    outcome: "quarantined",
    text: "Сумма строк не сходится с итогом файла[: {given} против {expected}]",
    remedy: "Запросить верный файл или выпустить с причиной",
  },
  COMMISSION_MISMATCH: {
    outcome: "quarantined",
    text: "Операция не равна перечислению с комиссией[: {given} против {expected}]",
    remedy: "Запросить верный файл или выпустить с причиной",
  },
  BALANCE_MISMATCH: {
    outcome: "quarantined",
    text: "Остатки и обороты не сходятся[: {given} против {expected}]",
    remedy: "Запросить верный файл или выпустить с причиной",
  },
  NOT_OUR_ACCOUNT: {
    outcome: "quarantined",
    text: "Выписка по чужому счёту[ {account}]",
    remedy: "Проверить канал и счёт организации",
  },
  CURRENCY_UNSUPPORTED: {
    outcome: "quarantined",
    text: "Валюта[ {given}] не рубли",
    remedy: "Проверить канал и счёт организации",
  },
  ENTRY_DETAIL_MISMATCH: {
    outcome: "warned",
    text: "Сумма расшифровки не равна сумме проводки[: {given} против {expected}]",
    remedy: "Разнести вручную",
  },
  DUPLICATE_ROW: {
    outcome: "no-op",
    text: "Этот платёж уже учтён",
    remedy: "Ничего",
  },
  OP_ID_CONFLICT: {
    outcome: "held",
    text: "Номер операции[ {operation}] уже есть с другим счётом, суммой или датой[: платёж {similar}]",
    remedy: "Сверить операцию с агентом",
  },
  UNMATCHED_REVERSAL: {
    outcome: "held",
    text: "Для сторно нет однозначного исходного платежа",
    remedy: "Указать исходный платёж",
  },
  REGISTRY_ONLY: {
    outcome: "warned",
    text: "Есть реестр[ {registry}], но деньги не поступили[; возможно, это уже учтённый платёж {similar}]",
    remedy: "Сверить с банком или агентом",
  },
  MONEY_ONLY: {
    outcome: "warned",
    text: "Деньги поступили, но реестра нет[; возможно, это уже учтённое извещение {similar}]",
    remedy: "Сверить с банком или агентом",
  },
  REGISTRY_DIFF: {
    outcome: "warned",
    text: "Суммы реестра и поступления различаются[: {given} против {expected}]",
    remedy: "Сверить с банком или агентом",
  },

  // Fiscal, ЭДО, accounting
  TOTALS_MISMATCH: {
    outcome: "file rejected",
    variants: { out: "park" },
    text: "Итог документа не равен сумме строк[: {given} против {expected}]",
    remedy: "Исправить строки, итог или ставку",
  },
  VAT_RATE_DATE_MISMATCH: {
    outcome: "file rejected",
    variants: { out: "park" },
    text: "Ставка НДС[ {given}] не действует на дату отгрузки[ {date}]",
    remedy: "Исправить строки, итог или ставку",
  },
  AGENT_FISCALISES: {
    outcome: "no-op",
    text: "Чек обязан пробить агент, наш не отправляется",
    remedy: "Ничего",
  },
  FISCAL_REFUSED: {
    outcome: "park",
    text: "Касса отказала в чеке[: {reason}]",
    remedy: "Исправить данные, создать новый чек",
  },
  MISSING_IN_OFD: {
    outcome: "warned",
    text: "Нашего чека[ {number}] нет в ОФД",
    remedy: "Разобрать по номеру ФД",
  },
  UNKNOWN_IN_OFD: {
    outcome: "warned",
    text: "В ОФД есть чек[ {number}], которого нет у нас",
    remedy: "Разобрать по номеру ФД",
  },
  SUM_DIFF: {
    outcome: "warned",
    text: "Сумма чека у нас и в ОФД различается[: {given} против {expected}]",
    remedy: "Разобрать по номеру ФД",
  },
  SIGNATURE_INVALID: {
    outcome: "file rejected",
    variants: { out: "stop" },
    text: "Электронная подпись недействительна[: {reason}]",
    remedy: "Проверить сертификат и доверенность",
  },
  POA_INVALID: {
    outcome: "file rejected",
    variants: { out: "stop" },
    text: "Машиночитаемая доверенность недействительна[: {reason}]",
    remedy: "Проверить сертификат и доверенность",
  },
  UNEXPECTED_EVENT: {
    outcome: "warned",
    text: "Событие[ «{event}»] не подходит к состоянию документа[ «{state}»]",
    remedy: "Сверить документ с контрагентом",
  },
  UNKNOWN_DOCUMENT: {
    outcome: "waiting",
    text: "Ответ на документ[ {document}], которого у нас нет или ещё нет",
    remedy: "Найти исходный документ",
  },
  NUMBER_GAP: {
    outcome: "warned",
    text: "В нумерации пропущен номер[ {number}]",
    remedy: "Найти пропущенный номер",
  },
} as const satisfies Record<string, ProblemDefinition>;
