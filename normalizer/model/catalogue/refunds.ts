import type { ProblemDefinition } from "./definition.ts";

/** Refunds of an account's advance, as persons order, approve and withdraw them, and debts that are given up. */
export const REFUND_PROBLEMS = {
  REFUND_ABOVE_ADVANCE: {
    outcome: "request refused",
    text: "Возврат[ {given} ₽] больше аванса, который можно вернуть[: {allowed} ₽]",
    remedy: "Уменьшить сумму или отозвать другой возврат по этому счёту",
  },
  WRITE_OFF_ABOVE_DEBT: {
    outcome: "request refused",
    text: "Списание[ {given} ₽] больше долга этого вида за месяц[: {allowed} ₽]",
    remedy: "Проверить месяц и вид долга, уменьшить сумму",
  },
  REFUND_SAME_PERSON: {
    outcome: "request refused",
    text: "Возврат[ {refund}] утверждает тот, кто его заказал",
    remedy: "Утвердить должен другой сотрудник",
  },
  REFUND_UNKNOWN: {
    outcome: "request refused",
    text: "Возврат[ {refund}] не заказан",
    remedy: "Взять номер из списка возвратов",
  },
  REFUND_NOT_OPEN: {
    outcome: "request refused",
    text: "Возврат[ {refund}] уже решён[: {state}]",
    remedy: "Если нужно вернуть ещё, заказать новый возврат",
  },
  REFUND_SENT: {
    outcome: "request refused",
    text: "Поручение по возврату[ {refund}] передано или передаётся в банк",
    remedy: "Дождаться выписки; если банк отказал, отозвать с отметкой об отказе банка",
  },
  REFUND_NOT_SENT: {
    outcome: "request refused",
    text: "Поручение по возврату[ {refund}] в банк не передано, отказать ему банк не мог",
    remedy: "Отозвать без отметки об отказе банка",
  },
} as const satisfies Record<string, ProblemDefinition>;
