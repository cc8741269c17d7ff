/** Marks of 1CClientBankExchange; each is a whole line. */
export const FILE_START = "1CClientBankExchange";
export const FILE_END = "КонецФайла";
export const ACCOUNT_START = "СекцияРасчСчет";
export const ACCOUNT_END = "КонецРасчСчет";
/** Stands before `=` and the kind of the document. */
export const DOCUMENT_START = "СекцияДокумент";
export const DOCUMENT_END = "КонецДокумента";

export const VERSIONS: ReadonlySet<string> = new Set(["1.01", "1.02", "1.03"]);

const numbered = (key: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${key}${index + 1}`);

export const HEADER_KEYS: ReadonlySet<string> = new Set([
  ...["ВерсияФормата", "Кодировка", "Отправитель", "Получатель", "ДатаСоздания", "ВремяСоздания"],
  ...["ДатаНачала", "ДатаКонца", "РасчСчет", "Документ"],
]);

export const ACCOUNT_KEYS: ReadonlySet<string> = new Set([
  ...["ДатаНачала", "ДатаКонца", "РасчСчет", "НачальныйОстаток", "ВсегоПоступило", "ВсегоСписано"],
  "КонечныйОстаток",
]);

const side = (name: string) => [
  ...[`${name}Счет`, name, `${name}ИНН`, ...numbered(name, 4), `${name}РасчСчет`, `${name}Банк1`],
  ...[`${name}Банк2`, `${name}БИК`, `${name}Корсчет`, `${name}КПП`],
];

export const PURPOSE = "НазначениеПлатежа";
export const PURPOSE_PARTS: readonly string[] = numbered(PURPOSE, 6);

export const DOCUMENT_KEYS: ReadonlySet<string> = new Set([
  ...["Номер", "Дата", "Сумма", "КвитанцияДата", "КвитанцияВремя", "КвитанцияСодержание"],
  ...[...side("Плательщик"), "ДатаСписано", ...side("Получатель"), "ДатаПоступило"],
  ...["ВидПлатежа", "КодНазПлатежа", "ВидОплаты", "Код", PURPOSE, ...PURPOSE_PARTS, "Очередность"],
  ...["СтатусСоставителя", "ПоказательКБК", "ОКАТО", "ПоказательОснования", "ПоказательПериода"],
  ...["ПоказательНомера", "ПоказательДаты", "ПоказательТипа", "СрокПлатежа", "СрокАкцепта"],
  ...["ПлатежПоПредст", "ДополнУсловия", "ВидАккредитива", "НомерСчетаПоставщика"],
  ...[...numbered("УсловиеОплаты", 3), "ДатаОтсылкиДок"],
]);

/** Documents that the bank itself draws up: their purpose is the bank's word, never a payer's. */
export const BANK_KINDS: ReadonlySet<string> = new Set(["Банковский ордер", "Мемориальный ордер"]);

export const DOCUMENT_KINDS: ReadonlySet<string> = new Set([
  ...["Платежное поручение", "Аккредитив", "Платежное требование", "Инкассовое поручение"],
  ...["Платежный ордер", "Объявление на взнос наличными", "Денежный чек", "Прочее"],
  ...BANK_KINDS,
]);
