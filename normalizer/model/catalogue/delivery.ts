import type { ProblemDefinition } from "./definition.ts";

/** What a counterpart or the way to it answers to what is sent. */
export const DELIVERY_PROBLEMS = {
  CONNECT_FAILED: {
    outcome: "retry",
    text: "Не удалось соединиться с контрагентом, ничего не отправлено",
    remedy: "Проверить сеть и туннель, если длится долго",
  },
  COUNTERPART_BUSY: {
    outcome: "retry",
    text: "Контрагент просит подождать",
    remedy: "Проверить сеть и туннель, если длится долго",
  },
  COUNTERPART_MAINTENANCE: {
    outcome: "retry",
    text: "У контрагента объявлены работы, канал на паузе[ до {until}]",
    remedy: "Проверить сеть и туннель, если длится долго",
  },
  TOKEN_EXPIRED: {
    outcome: "retry",
    text: "Срок токена истёк, запрашивается новый",
    remedy: "Проверить сеть и туннель, если длится долго",
  },
  OUTCOME_UNKNOWN: {
    outcome: "unknown",
    text: "Отправлено, но ответа нет: исход неизвестен",
    remedy: "Ничего: идёт сверка; если стоит, проверить у контрагента",
  },
  REMOTE_MESSAGE_LOST: {
    outcome: "unknown",
    text: "Контрагент больше не знает принятого сообщения",
    remedy: "Ничего: идёт сверка; если стоит, проверить у контрагента",
  },
  COUNTERPART_ERROR: {
    outcome: "retry",
    variants: { exhausted: "park" },
    text: "Внутренняя ошибка контрагента[: {reason}]",
    remedy: "Обратиться в поддержку контрагента",
  },
  ACCESS_DENIED: {
    outcome: "stop",
    text: "Контрагент отказал в доступе[: {reason}]",
    remedy: "Обновить доступ или сертификат",
  },
  CERTIFICATE_EXPIRED: {
    outcome: "stop",
    text: "Срок сертификата истёк[ {date}]",
    remedy: "Обновить доступ или сертификат",
  },
  FORMAT_REFUSED: {
    outcome: "park",
    text: "Контрагент не принял форму сообщения[: {reason}]",
    remedy: "Передать разработчику с пакетом",
  },
  REFERENCE_STALE: {
    outcome: "park",
    variants: { refreshed: "retry" },
    text: "Наш справочник или объект у контрагента устарел[: {reason}]",
    remedy: "Обновить НСИ или данные дома",
  },
  ATTACHMENT_REFUSED: {
    outcome: "retry",
    variants: { exhausted: "park" },
    text: "Вложение не принято[: {reason}]",
    remedy: "Проверить вложение",
  },
  OBJECT_REFUSED: {
    outcome: "park",
    text: "Контрагент отказал по этому объекту[: {reason}]",
    remedy: "Исправить объект по тексту ошибки",
  },
  ALREADY_ACCEPTED: {
    outcome: "no-op",
    text: "У контрагента это уже есть",
    remedy: "Ничего",
  },
  NO_OBJECTS: {
    outcome: "no-op",
    text: "Контрагент ответил, что объектов нет",
    remedy: "Ничего",
  },
  RESULT_PENDING: {
    outcome: "waiting",
    text: "Ждём результата обработки",
    remedy: "Ничего; открыть родителя, если он стоит",
  },
  PARENT_NOT_READY: {
    outcome: "waiting",
    text: "Ждём, пока будет принят родительский объект[ {parent}]",
    remedy: "Ничего; открыть родителя, если он стоит",
  },
  WINDOW_CLOSED: {
    outcome: "waiting",
    text: "Сейчас вне часов обмена[, откроется {from}]",
    remedy: "Ничего; открыть родителя, если он стоит",
  },
  DEADLINE_MISSED: {
    outcome: "alarm",
    text: "Не доставлено к законному сроку[ {deadline}]",
    remedy: "Отправить вручную или уведомить руководителя",
  },
} as const satisfies Record<string, ProblemDefinition>;
