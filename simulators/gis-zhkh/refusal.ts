/** Texts of the codes of gis-zhkh.md 3.4; where the page gives only a class, the text says the cause. */
const TEXTS: Readonly<Record<string, string>> = {
  EXP001000:
    "Произошла ошибка при передаче данных. Попробуйте осуществить передачу данных повторно.",
  EXP002001: "Временная ошибка. Повторите запрос позже",
  EXP002002: "Временная ошибка. Повторите запрос позже",
  EXP002003: "Временная ошибка. Повторите запрос позже",
  INT002000: "Значение отсутствует в реестре",
  INT002012: "Нет объектов для экспорта",
  INT002013: "Запрос с указанным идентификатором не найден",
  INT002018: "Временная ошибка. Повторите запрос позже",
  INT002029: "Сервис закрыт на техническое обслуживание",
  INT002034:
    "Идентификатор объекта ссылается на несуществующий или неактуальный элемент жилищного фонда",
  INT008255: "Сведения о лицевом счёте не прошли контроль",
  SRV008203: "Суммы платёжного документа не прошли контроль",
  AUT011000: "Ошибка авторизации",
  AUT011002: "Организация не найдена",
  AUT011003: "Нет доступа для поставщика данных",
  AUT011009: "Электронная подпись не прошла проверку",
  FMT001300: "Некорректный XML",
  FMT001301: "Сообщение не соответствует формату",
  FMT001307: "Сообщение с таким идентификатором уже принято",
  FMT001310: "Версия формата не поддерживается",
};

export function textOf(code: string): string {
  return TEXTS[code] ?? `Ошибка ${code}`;
}

/** The whole message is not taken: answered by a soap:Fault. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;
  constructor(code: string, cause = "") {
    super(cause === "" ? textOf(code) : `${textOf(code)}: ${cause}`);
    this.code = code;
  }
}

/** Error of one object, or of a message that was taken and then rejected whole. */
export interface CodedError {
  readonly code: string;
  readonly text: string;
}

export function coded(code: string, cause = ""): CodedError {
  return { code, text: cause === "" ? textOf(code) : `${textOf(code)}: ${cause}` };
}
