/**
 * Refusals of the HTTP interface: each has a code for machines, a text and a remedy for people.
 * Codes of messages and records are those of the problem catalogue; here is only what concerns the
 * request itself.
 */
export const API_ERRORS = {
  REQUEST_INVALID: {
    status: 400,
    text: "Запрос составлен неверно: {detail}",
    remedy: "Исправьте указанное поле и повторите",
  },
  LOGIN_REFUSED: {
    status: 401,
    text: "Неверное имя или пароль",
    remedy: "Проверьте раскладку и Caps Lock; пароль меняет администратор",
  },
  SESSION_REQUIRED: {
    status: 401,
    text: "Сеанс не начат или истёк",
    remedy: "Войдите снова",
  },
  CREDENTIAL_REQUIRED: {
    status: 401,
    text: "Канал не узнан: нет ключа или он неверен",
    remedy: "Передайте ключ канала в заголовке Authorization: Bearer",
  },
  ROLE_REFUSED: {
    status: 403,
    text: "Вашей роли это действие недоступно",
    remedy: "Обратитесь к администратору",
  },
  OUT_OF_SCOPE: {
    status: 403,
    text: "{object} вне вашего района или организации",
    remedy: "Обратитесь к администратору, если он должен быть вам виден",
  },
  CSRF_REFUSED: {
    status: 403,
    text: "Запрос пришёл не со страницы консоли",
    remedy: "Обновите страницу и повторите",
  },
  NOT_FOUND: {
    status: 404,
    text: "{object}: не найдено",
    remedy: "Проверьте номер",
  },
  RUN_REFUSED: {
    status: 409,
    text: "{detail}",
    remedy: "Обновите страницу: состояние расчёта могло измениться",
  },
  SECOND_PERSON_REQUIRED: {
    status: 409,
    text: "Расчёт начали вы: утверждает другой человек",
    remedy: "Попросите руководителя утвердить расчёт",
  },
  LIMIT_EXCEEDED: {
    status: 413,
    text: "Файл больше предела",
    remedy: "Разделите файл или поднимите предел",
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    text: "Слишком много попыток",
    remedy: "Подождите минуту и повторите",
  },
  INTERNAL_DEFECT: {
    status: 500,
    text: "Внутренняя ошибка программы, запрос {request}",
    remedy: "Передайте номер запроса разработчику",
  },
  NOT_READY: {
    status: 503,
    text: "Хаб ещё не готов или останавливается",
    remedy: "Повторите через несколько секунд",
  },
} as const satisfies Record<
  string,
  { readonly status: number; readonly text: string; readonly remedy: string }
>;

export type ApiErrorCode = keyof typeof API_ERRORS;

/** What stands in the body of every refusal, under `error`. */
export interface ApiErrorBody {
  readonly code: ApiErrorCode;
  readonly text: string;
  readonly remedy: string;
}

/** Ends a request with a coded refusal. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  readonly values: Readonly<Record<string, string>>;
  constructor(code: ApiErrorCode, values: Readonly<Record<string, string>>) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

export function statusOf(code: ApiErrorCode): number {
  return API_ERRORS[code].status;
}

/** The text with its placeholders filled from `values`; one without a value stays visible. */
export function bodyOf(code: ApiErrorCode, values: Readonly<Record<string, string>>): ApiErrorBody {
  const { text, remedy } = API_ERRORS[code];
  const filled = text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  return { code, text: filled, remedy };
}
