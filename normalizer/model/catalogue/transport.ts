import type { ProblemDefinition } from "./definition.ts";

/** What stops or dims a file before its content counts: transport, device, encoding, structure. */
export const TRANSPORT_PROBLEMS = {
  // Transport, file, device
  DUPLICATE_FILE: {
    outcome: "no-op",
    text: "Этот же файл[ {name}] уже загружен через этот канал",
    remedy: "Ничего; исправление шлют новым номером",
  },
  FILE_NAME_UNKNOWN: {
    outcome: "warned",
    text: "Имя файла[ {name}] не по образцу канала, принято по содержимому",
    remedy: "Назвать файл по образцу канала",
  },
  LIMIT_EXCEEDED: {
    outcome: "file rejected",
    text: "Превышен предел[: {limit}][ — {given} при допустимых {allowed}]",
    remedy: "Разделить файл или поднять предел канала",
  },
  ARCHIVE_INVALID: {
    outcome: "file rejected",
    text: "Архив не принят[: {reason}]",
    remedy: "Переслать обычный zip без пароля",
  },
  FORMAT_UNKNOWN: {
    outcome: "quarantined",
    text: "Формат не распознан: ни один профиль не подошёл",
    remedy: "Выбрать формат или профиль, повторить разбор",
  },
  CLASS_NOT_SUPPORTED: {
    outcome: "quarantined",
    text: "Класс сообщения[ {class}] неизвестен или не включён для партнёра",
    remedy: "Включить класс для партнёра или отклонить",
  },
  UNSUPPORTED_VERSION: {
    outcome: "file rejected",
    text: "Версия формата[ {version}] не поддерживается",
    remedy: "Запросить поддерживаемый формат",
  },
  NOT_ST: {
    outcome: "file rejected",
    text: "Текст QR-кода — не платёжный код",
    remedy: "Запросить поддерживаемый формат",
  },
  TRUNCATED: {
    outcome: "quarantined",
    variants: { QR: "file rejected" },
    text: "Файл обрывается раньше своего конца[: {given} вместо {expected}]",
    remedy: "Получить файл заново",
  },
  RECORD_COUNT_MISMATCH: {
    outcome: "quarantined",
    text: "Число записей не сходится[: в заголовке {expected}, прочитано {given}]",
    remedy: "Получить файл заново",
  },
  NO_RECORDS: {
    outcome: "file rejected",
    text: "Ни одной записи прочитать не удалось",
    remedy: "Проверить выгрузку: данных нет",
  },
  PAYLOAD_MALFORMED: {
    outcome: "rejected",
    text: "Сообщение устройства не читается",
    remedy: "Проверить прошивку и профиль устройства",
  },
  FRAME_ERROR: {
    outcome: "retry",
    text: "Искажённый ответ прибора: контрольная сумма, длина или форма кадра",
    remedy: "Проверить линию, питание, скорость, адрес",
  },
  DEVICE_NO_ANSWER: {
    outcome: "retry",
    text: "Прибор не ответил вовремя или не дал значения",
    remedy: "Проверить линию, питание, скорость, адрес",
  },
  ILLEGAL_FUNCTION: {
    outcome: "rejected",
    text: "Прибор не поддерживает запрошенную функцию",
    remedy: "Проверить карту регистров прибора",
  },
  ILLEGAL_DATA_ADDRESS: {
    outcome: "rejected",
    text: "У прибора нет запрошенных регистров",
    remedy: "Проверить карту регистров прибора",
  },
  ILLEGAL_DATA_VALUE: {
    outcome: "rejected",
    text: "Прибор отверг значение в запросе",
    remedy: "Проверить карту регистров прибора",
  },
  DEVICE_FAILURE: {
    outcome: "rejected",
    text: "Прибор сообщил о внутреннем отказе",
    remedy: "Проверить карту регистров прибора",
  },
  DEVICE_BUSY: {
    outcome: "retry",
    text: "Прибор занят, запрос будет повторён",
    remedy: "Проверить карту регистров прибора",
  },
  DEVICE_ACCESS_DENIED: {
    outcome: "stop",
    text: "Прибор отказал в доступе: пароль или уровень доступа не подходит",
    remedy: "Исправить пароль или уровень доступа",
  },
  CHANNEL_SILENT: {
    outcome: "alarm",
    text: "Ожидаемое сообщение не пришло в срок[: ждали до {until}]",
    remedy: "Связаться с отправителем",
  },
  PARSER_DEFECT: {
    outcome: "quarantined",
    text: "Программа не смогла разобрать сообщение из-за собственной ошибки",
    remedy: "Передать разработчику; после исправления повторить",
  },

  // Encoding
  ENCODING_MISMATCH: {
    outcome: "file rejected",
    variants: { money: "warned", DBF: "warned", QR: "warned" },
    text: "Объявлена кодировка[ {declared}], а текст записан в другой",
    remedy: "Исправить объявление кодировки у отправителя",
  },
  ENCODING_UNSUPPORTED: {
    outcome: "file rejected",
    text: "Кодировка[ {declared}] не принимается",
    remedy: "Выслать в UTF-8 или Windows-1251",
  },
  ENCODING_INVALID: {
    outcome: "file rejected",
    text: "Байты не являются текстом ни в одной из принимаемых кодировок",
    remedy: "Выслать в UTF-8 или Windows-1251",
  },

  // Structure: XML, CSV, DBF, sheets, QR
  XML_MALFORMED: {
    outcome: "file rejected",
    text: "XML повреждён или обрезан[: {reason}]",
    remedy: "Получить файл заново",
  },
  DTD_FORBIDDEN: {
    outcome: "file rejected",
    text: "В файле есть DOCTYPE или определение сущности, это запрещено",
    remedy: "Убрать DOCTYPE; проверить отправителя",
  },
  SCHEMA_INVALID: {
    outcome: "file rejected",
    variants: { out: "park" },
    text: "Документ не соответствует официальной схеме[: {reason}]",
    remedy: "Исправить поле, указанное в месте ошибки",
  },
  NAMESPACE_UNEXPECTED: {
    outcome: "file rejected",
    text: "Элемент[ {name}] из чужого пространства имён",
    remedy: "Исправить пространство имён в выгрузке",
  },
  ELEMENT_NAME_CASE: {
    outcome: "warned",
    text: "Имя элемента[ «{name}»] написано в другом регистре букв",
    remedy: "Сообщить отправителю; дополнить профиль",
  },
  UNKNOWN_FIELD: {
    outcome: "warned",
    text: "Поле[ «{name}»] формату неизвестно, сохранено без разбора",
    remedy: "Сообщить отправителю; дополнить профиль",
  },
  DECIMAL_COMMA: {
    outcome: "warned",
    text: "Число[ {given}] записано с запятой, прочитано по настройке партнёра",
    remedy: "Сообщить отправителю; дополнить профиль",
  },
  MISSING_REQUIRED: {
    outcome: "rejected",
    variants: { money: "quarantined", file: "file rejected", QR: "file rejected" },
    text: "Обязательное поле[ «{name}»] отсутствует или пусто",
    remedy: "Заполнить или сократить поле",
  },
  TOO_LONG: {
    outcome: "rejected",
    variants: { money: "quarantined", file: "file rejected", QR: "file rejected" },
    text: "Значение поля[ «{name}»] длиннее допустимого[ ({allowed})]",
    remedy: "Заполнить или сократить поле",
  },
  HEADER_NOT_FOUND: {
    outcome: "quarantined",
    text: "Строка заголовка или колонка[ «{name}»] не найдена",
    remedy: "Выбрать лист и колонки в профиле",
  },
  COLUMN_COUNT: {
    outcome: "rejected",
    variants: { money: "quarantined" },
    text: "В строке другое число полей[: {given} вместо {expected}]",
    remedy: "Проверить разделитель и кавычки",
  },
  REQUIRED_ORDER: {
    outcome: "warned",
    text: "Обязательные поля QR-кода стоят в другом порядке",
    remedy: "Исправить печать квитанции",
  },
  DUPLICATE_ALIAS: {
    outcome: "warned",
    text: "Поле[ «{name}»] QR-кода повторено, взято последнее",
    remedy: "Исправить печать квитанции",
  },
  TRAILING_SEPARATOR: {
    outcome: "warned",
    text: "В конце QR-кода лишний разделитель",
    remedy: "Исправить печать квитанции",
  },
} as const satisfies Record<string, ProblemDefinition>;
