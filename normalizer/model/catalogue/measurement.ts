import type { ProblemDefinition } from "./definition.ts";

/** Whom, when and how much: identification, time and values of measurements. */
export const MEASUREMENT_PROBLEMS = {
  // Identification
  CLASS_MISMATCH: {
    outcome: "file rejected",
    text: "Класс в имени файла и в содержимом различается[: в имени {given}, внутри {expected}]",
    remedy: "Исправить имя или содержимое, выслать заново",
  },
  INN_MISMATCH: {
    outcome: "file rejected",
    text: "ИНН отправителя в имени и в файле различается[: в имени {given}, внутри {expected}]",
    remedy: "Исправить имя или содержимое, выслать заново",
  },
  DATE_MISMATCH: {
    outcome: "file rejected",
    text: "День в имени файла и в содержимом различается[: в имени {given}, внутри {expected}]",
    remedy: "Исправить имя или содержимое, выслать заново",
  },
  NUMBER_MISMATCH: {
    outcome: "file rejected",
    text: "Номер в имени файла и в содержимом различается[: в имени {given}, внутри {expected}]",
    remedy: "Исправить имя или содержимое, выслать заново",
  },
  FILE_NAME_MISMATCH: {
    outcome: "file rejected",
    text: "Имя файла не совпадает с идентификатором документа[ {expected}]",
    remedy: "Вернуть файлу исходное имя",
  },
  UNKNOWN_PARTNER: {
    outcome: "quarantined",
    text: "Отправитель[ {inn}] не зарегистрирован на канале",
    remedy: "Зарегистрировать партнёра или отклонить",
  },
  MESSAGE_NUMBER_CONFLICT: {
    outcome: "file rejected",
    text: "Номер сообщения[ {number}] уже занят другим содержимым",
    remedy: "Выслать исправление следующим номером",
  },
  SUPERSEDED: {
    outcome: "no-op",
    text: "Пришла более старая версия[: № {number}, действует № {latest}], сохранена в истории",
    remedy: "Ничего",
  },
  UNKNOWN_POINT: {
    outcome: "waiting",
    text: "Код точки[ {point}] не привязан к точке учёта",
    remedy: "Привязать код к точке учёта",
  },
  UNKNOWN_CHANNEL: {
    outcome: "waiting",
    text: "Канал[ {channel}] точки[ {point}] не привязан",
    remedy: "Привязать код к точке учёта",
  },
  UNKNOWN_METER: {
    outcome: "waiting",
    variants: { payment: "rejected" },
    text: "Прибор учёта[ № {meter}] неизвестен",
    remedy: "Завести прибор или исправить номер",
  },
  UNKNOWN_ACCOUNT: {
    outcome: "waiting",
    text: "Лицевой счёт[ {account}] не найден или не указан",
    remedy: "Выбрать лицевой счёт из подсказок",
  },
  AMBIGUOUS_ACCOUNT: {
    outcome: "held",
    text: "Подходят несколько лицевых счетов[: {accounts}]",
    remedy: "Выбрать лицевой счёт из подсказок",
  },
  SCIENTIFIC_NOTATION: {
    outcome: "warned",
    text: "Номер[ {given}] испорчен электронной таблицей",
    remedy: "Выгрузить столбец как текст",
  },
  ACCOUNT_KEY_INVALID: {
    outcome: "warned",
    variants: { ours: "rejected" },
    text: "Контрольный ключ счёта[ {given}] не сходится",
    remedy: "Сверить реквизит с контрагентом",
  },
  INN_INVALID: {
    outcome: "warned",
    variants: { ours: "rejected" },
    text: "Контрольная цифра ИНН[ {given}] не сходится",
    remedy: "Сверить реквизит с контрагентом",
  },
  READING_TYPE_UNKNOWN: {
    outcome: "rejected",
    text: "Тип показания[ {given}] неизвестен или записан с ошибкой",
    remedy: "Добавить тип в профиль, повторить",
  },

  // Time and interval
  BAD_DATE: {
    outcome: "rejected",
    variants: { money: "quarantined" },
    text: "Дата или время[ «{given}»] не читается или не существует",
    remedy: "Исправить дату",
  },
  TIME_WITHOUT_OFFSET: {
    outcome: "rejected",
    text: "Время[ «{given}»] без смещения, а часовой пояс не задан",
    remedy: "Передавать время со смещением",
  },
  FUTURE_TIME: {
    outcome: "held",
    text: "Время[ {given}] позже получения более чем на 5 минут",
    remedy: "Проверить часы источника",
  },
  CLOCK_DRIFT: {
    outcome: "warned",
    text: "Часы прибора расходятся с точным временем[ на {seconds} с]",
    remedy: "Поправить часы прибора или зону партнёра",
  },
  TIMEZONE_MISMATCH: {
    outcome: "warned",
    text: "Признак пояса или летнего времени[ {given}] противоречит поясу партнёра[ {zone}]",
    remedy: "Поправить часы прибора или зону партнёра",
  },
  OVERLAP: {
    outcome: "rejected",
    text: "Два интервала канала покрывают одно время[: {from}–{to}]",
    remedy: "Исправить интервалы, выслать заново",
  },
  PERIOD_INVALID: {
    outcome: "rejected",
    text: "Интервал[ {from}–{to}] вне получасовой или часовой сетки дня",
    remedy: "Исправить интервалы, выслать заново",
  },
  DUPLICATE_CHANNEL: {
    outcome: "rejected",
    text: "Канал указан несколько раз с разными значениями, не взят ни один",
    remedy: "Оставить одну версию канала",
  },
  GAP: {
    outcome: "warned",
    text: "Нет значений за интервал[ {from}–{to}][, пропущено: {count}]",
    remedy: "Запросить данные или оценить",
  },
  ZERO_RUN: {
    outcome: "warned",
    text: "Долгий ряд нулей на действующей точке[: {count}]",
    remedy: "Проверить, не нули ли вместо пропуска; осмотреть ввод",
  },
  ZERO: {
    outcome: "warned",
    text: "Показание не изменилось, хотя обычно потребление есть",
    remedy: "Проверить, не нули ли вместо пропуска; осмотреть ввод",
  },
  INACTIVE_USAGE: {
    outcome: "warned",
    text: "Потребление при введённом ограничении[: {given}]",
    remedy: "Проверить, не нули ли вместо пропуска; осмотреть ввод",
  },
  LATE_FACT: {
    outcome: "warned",
    text: "Относится к закрытому периоду[ {period}], даст строки перерасчёта в открытом",
    remedy: "Проверить перерасчёт",
  },
  WINDOW: {
    outcome: "warned",
    text: "Показание вне дней приёма, учтено за следующий период[: {period}]",
    remedy: "Проверить перерасчёт",
  },

  // Values and readings
  BAD_NUMBER: {
    outcome: "value dropped",
    text: "Значение[ «{given}»] — не простое десятичное число",
    remedy: "Проверить число, масштаб, единицу, порядок слов",
  },
  NEGATIVE_VALUE: {
    outcome: "value dropped",
    text: "Отрицательное значение[ {given}] там, где его быть не может",
    remedy: "Проверить число, масштаб, единицу, порядок слов",
  },
  VALUE_OUT_OF_RANGE: {
    outcome: "value dropped",
    text: "Значение[ {given}] больше, чем может дать канал или прибор",
    remedy: "Проверить число, масштаб, единицу, порядок слов",
  },
  NOT_AVAILABLE: {
    outcome: "warned",
    text: "Прибор сообщает, что значения нет",
    remedy: "Проверить профиль; назначить обход",
  },
  NO_READING: {
    outcome: "warned",
    text: "Показание не снято[: {reason}]",
    remedy: "Проверить профиль; назначить обход",
  },
  NON_COMMERCIAL: {
    outcome: "warned",
    text: "Источник пометил недостоверными[: {from}–{to}][, всего {count}]",
    remedy: "Подтвердить или заместить",
  },
  UNIT_UNKNOWN: {
    outcome: "rejected",
    text: "Единица измерения[ «{given}»] неизвестна или от другой величины",
    remedy: "Добавить единицу в профиль",
  },
  DUPLICATE: {
    outcome: "no-op",
    text: "То же значение уже есть",
    remedy: "Ничего",
  },
  RETAINED_REPLAY: {
    outcome: "no-op",
    text: "Сохранённая брокером копия без собственного времени",
    remedy: "Ничего",
  },
  CONFLICT: {
    outcome: "held",
    text: "Другое значение того же источника[: было {stored}, пришло {given}], оставлено первое",
    remedy: "Выбрать верное значение",
  },
  LOWER_PRIORITY: {
    outcome: "rejected",
    text: "На этот день есть показание более важного источника[: {source}]",
    remedy: "Ничего; видно в «Отклонённых показаниях»",
  },
  UNCONFIRMED: {
    outcome: "held",
    text: "Значение распознано неуверенно",
    remedy: "Прослушать запись, подтвердить",
  },
  FORMAT: {
    outcome: "rejected",
    text: "Показание[ {given}] не помещается на табло прибора[: {display}]",
    remedy: "Сверить показание и дату с прибором",
  },
  DATE: {
    outcome: "rejected",
    text: "Дата показания[ {given}] не подходит[: {reason}]",
    remedy: "Сверить показание и дату с прибором",
  },
  STATE: {
    outcome: "rejected",
    text: "Прибор[ № {meter}] не в работе на дату показания",
    remedy: "Проверить прибор и его тарифность",
  },
  ZONES: {
    outcome: "rejected",
    text: "Зоны показания[ {given}] не совпадают с зонами прибора[ {expected}]",
    remedy: "Проверить прибор и его тарифность",
  },
  NEGATIVE_DELTA: {
    outcome: "rejected",
    text: "Показание[ {given}] меньше предыдущего[ {previous}]",
    remedy: "Проверить показание или акт замены",
  },
  ROLLOVER: {
    outcome: "warned",
    text: "Счётчик перешёл через ноль[: {previous} → {given}]",
    remedy: "Ничего; проверить при сомнении",
  },
  OVER_MAX_POWER: {
    outcome: "rejected",
    variants: { automatic: "warned" },
    text: "Энергии больше, чем позволяет максимальная мощность[: {given}]",
    remedy: "Проверить показание, Ктт, Рмакс",
  },
  DEVIATION_HIGH: {
    outcome: "held",
    variants: { automatic: "warned" },
    text: "Потребление намного выше обычного[: в {ratio} раза]",
    remedy: "Подтвердить показание у потребителя",
  },
  DEVIATION_LOW: {
    outcome: "held",
    variants: { automatic: "warned" },
    text: "Потребление намного ниже обычного[: {given}]",
    remedy: "Подтвердить показание у потребителя",
  },
  ZONE_MIX: {
    outcome: "held",
    variants: { automatic: "warned" },
    text: "Доля зоны необычна[: {given}]",
    remedy: "Подтвердить показание у потребителя",
  },
  SPIKE: {
    outcome: "held",
    variants: { automatic: "warned" },
    text: "Выброс: один интервал дня намного выше остальных[: {given}]",
    remedy: "Подтвердить показание у потребителя",
  },
  SUM_CHECK: {
    outcome: "held",
    variants: { automatic: "warned" },
    text: "Сумма интервалов не сходится с показаниями[: {given} против {expected}]",
    remedy: "Сверить с прибором",
  },
  TOU_SUM_CHECK: {
    outcome: "held",
    variants: { automatic: "warned" },
    text: "Сумма зон не сходится с итогом[: {given} против {expected}]",
    remedy: "Сверить с прибором",
  },
  METER_CHANGE: {
    outcome: "warned",
    text: "Прибор заменён внутри периода",
    remedy: "Внести показание снятия из акта",
  },
  REMOVAL_READING_MISSING: {
    outcome: "warned",
    text: "Нет показания снятого прибора[ № {meter}], отрезок оценён",
    remedy: "Внести показание снятия из акта",
  },
} as const satisfies Record<string, ProblemDefinition>;
