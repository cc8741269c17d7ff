import { formatDay } from "../model/dates.ts";
import type { AccountId, Shard, SiteId } from "../model/ids.ts";
import type { Problem } from "../model/problems.ts";
import type { MoneyRecord, StatementHeader } from "../model/records.ts";

/** Where the facts of a consumer's account stand. */
export interface AccountRoute {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly account: AccountId;
}

/** What a record names as the consumer's account, before anybody knows which accounts there are. */
export interface MoneyNames {
  /** The field of its own: whoever fills it in means nothing else. */
  readonly field: string | null;
  /** After «л/с», «лс», «лицевой счёт»: the whole token, and what stands before its first dash or slash. */
  readonly marked: readonly { readonly whole: string; readonly head: string }[];
  /** After ///ЖКУ, as ГИС ЖКХ writes it: ЕЛС, identifier of the service or of a payment document, in capitals. */
  readonly gis: readonly string[];
  /** Runs of digits of the purpose; they count where nothing is named otherwise. */
  readonly runs: readonly string[];
}

/** What intake of money has to know; read set-wise, before common is locked. */
export interface MoneyContext {
  /** Bank accounts of the organisation, 20 digits each. */
  readonly ourAccounts: ReadonlySet<string>;
  /** By number, those of `MoneyNames` that exist. */
  readonly accounts: ReadonlyMap<string, AccountRoute>;
  /** By identifier of ГИС ЖКХ, those of `MoneyNames` that are known. */
  readonly gisAccounts: ReadonlyMap<string, AccountRoute>;
}

/** OWN = between accounts of the organisation, one movement whichever of the two statements came first. */
export type MovementDirection = "IN" | "OUT" | "OWN";

/** One record of money with what can be said of it before its key is looked at. */
export interface Movement {
  readonly record: MoneyRecord;
  /**
   * R6: what makes the payment itself and no other. Long; the store keeps its hash as the key that is unique for ever.
   */
  readonly identity: string;
  /** Where the identity is the sender's own id: what an equal payment states too. Null = the identity states all. */
  readonly statement: string | null;
  readonly direction: MovementDirection;
  readonly account: AccountRoute | null;
  /** Form, and why no account was recognised; worst first decides how the record ends. */
  readonly problems: readonly Problem[];
}

export interface NormalisedMoney {
  /** Statement of an account that is not the organisation's: nothing of the file is posted. */
  readonly refusal: Problem | null;
  readonly movements: readonly Movement[];
}

const MARKER =
  /(?<![\p{L}\p{N}])(?:л\/с|лс|лицевой\s+сч[её]т)[\s№:=]*([\p{L}\p{N}][\p{L}\p{N}/-]*)/giu;
const GIS_IDENTIFIER = /\/\/\/ЖКУ[\s№:=;]*([\p{L}\p{N}]{10}(?:-\d{2}(?:-[\p{L}\p{N}]+)?)?)/giu;
const DIGIT_RUN = /\d+/g;
const HAS_DIGIT = /\d/;
/** Longer runs are no account number, and would only make the look into the store long. */
const RUN_DIGITS_MAX = 30;

/**
 * Candidates for the consumer's account of a payment; which of them exist, the store tells.
 *
 * @see money-and-documents.md, end of 1.1
 */
export function namesOf(record: MoneyRecord): MoneyNames {
  const field = record.accountNumber?.trim() ?? "";
  if (field !== "") return { field, marked: [], gis: [], runs: [] };
  // Money that left is recognised by a person only.
  if (record.direction === "OUT" && record.reverses === null) return NOTHING_NAMED;
  const purpose = record.purpose.normalize("NFC");
  const marked = [...purpose.matchAll(MARKER)].flatMap(([, token = ""]) => {
    const whole = token.replace(/[/-]+$/, "");
    const [head = ""] = whole.split(/[/-]/, 1);
    return HAS_DIGIT.test(whole) ? [{ whole, head }] : [];
  });
  const gis = [...purpose.matchAll(GIS_IDENTIFIER)].map(([, token = ""]) => token.toUpperCase());
  const runs = [...new Set(purpose.match(DIGIT_RUN))].filter((run) => run.length <= RUN_DIGITS_MAX);
  return { field: null, marked, gis, runs };
}

const NOTHING_NAMED: MoneyNames = { field: null, marked: [], gis: [], runs: [] };

/** Account numbers and identifiers to look up for these names, each once. */
export function wanted(names: readonly MoneyNames[]): {
  readonly accounts: ReadonlySet<string>;
  readonly gis: ReadonlySet<string>;
} {
  const accounts = new Set<string>();
  const gis = new Set<string>();
  for (const { field, marked, gis: identifiers, runs } of names) {
    if (field !== null) {
      accounts.add(field);
      for (const part of gisParts(field.toUpperCase())) gis.add(part);
    }
    for (const { whole, head } of marked) accounts.add(whole).add(head);
    for (const identifier of identifiers) for (const part of gisParts(identifier)) gis.add(part);
    for (const run of runs) accounts.add(run);
  }
  return { accounts, gis };
}

/**
 * Directions, keys and accounts of the movements of one message.
 *
 * @param header null where the format is no statement (notices of ГИС ЖКХ)
 * @param names  of the records, in their order
 */
export function normaliseMoney(
  header: StatementHeader | null,
  records: readonly MoneyRecord[],
  names: readonly MoneyNames[],
  context: MoneyContext,
): NormalisedMoney {
  const foreign = header?.accounts.find((account) => !context.ourAccounts.has(account));
  if (foreign !== undefined) {
    const refusal: Problem = {
      code: "NOT_OUR_ACCOUNT",
      at: "statement",
      object: foreign,
      values: { account: foreign },
    };
    return { refusal, movements: [] };
  }
  const movements = records.map((record, index) =>
    movementOf(record, names[index] ?? namesOf(record), context),
  );
  return { refusal: null, movements };
}

function movementOf(record: MoneyRecord, names: MoneyNames, context: MoneyContext): Movement {
  const direction = directionOf(record, context);
  const isConsumers = direction === "IN" || record.reverses !== null;
  const recognised = isConsumers ? recognise(names, context) : { account: null, code: null };
  const problems =
    recognised.code === null
      ? record.problems
      : [
          ...record.problems,
          {
            code: recognised.code,
            at: String(record.at),
            object: movementName(record),
            values: recognised.values,
          },
        ];
  return { record, direction, account: recognised.account, problems, ...keyOf(record, direction) };
}

/** A reversal takes back money that came in, whichever sign its format gives it. */
function directionOf(record: MoneyRecord, { ourAccounts }: MoneyContext): MovementDirection {
  if (record.reverses !== null) return "OUT";
  if (record.ourAccount !== null && ourAccounts.has(record.other.account)) return "OWN";
  return record.direction;
}

/** R6 a and b. A transfer between own accounts stands in two statements, with a posting day of its own in each. */
function keyOf(
  record: MoneyRecord,
  direction: MovementDirection,
): Pick<Movement, "identity" | "statement"> {
  const { other, ourAccount, amount, occurrence } = record;
  const document = [record.documentNumber, formatDay(record.documentDay), amount, record.purpose];
  if (direction === "OWN") {
    const sides = [ourAccount, other.account];
    const [payer, payee] = record.direction === "OUT" ? sides : [...sides].reverse();
    return {
      identity: JSON.stringify(["own", payer, payee, ...document, occurrence]),
      statement: null,
    };
  }
  const isReversal = record.reverses !== null;
  if (record.operationId !== null) {
    const { accountNumber, paidDay } = record;
    return {
      identity: operationIdentity(record.source, record.operationId),
      statement: JSON.stringify([accountNumber, amount, formatDay(paidDay), direction, isReversal]),
    };
  }
  const attributes = [ourAccount, direction, other.account, other.bic, other.inn, ...document];
  const posted = formatDay(record.postedDay);
  return {
    identity: JSON.stringify([record.source, ...attributes, posted, isReversal, occurrence]),
    statement: null,
  };
}

/** Identity of the payment that the sender's id names. */
export function operationIdentity(source: MoneyRecord["source"], operationId: string): string {
  return JSON.stringify([source, operationId]);
}

type Recognised =
  | { readonly account: AccountRoute; readonly code: null }
  | { readonly account: null; readonly code: null }
  | {
      readonly account: null;
      readonly code: "UNKNOWN_ACCOUNT" | "AMBIGUOUS_ACCOUNT";
      readonly values: Readonly<Record<string, string>>;
    };

/**
 * Only when exactly one existing account is meant. A number that the payer calls his account and that does not exist
 * is never replaced by another number of the purpose.
 */
function recognise(names: MoneyNames, context: MoneyContext): Recognised {
  const { accounts } = context;
  const { field, marked, gis, runs } = names;
  if (field !== null) {
    return onlyOne([[field, accounts.get(field) ?? gisAccount(field.toUpperCase(), context)]]);
  }
  if (marked.length + gis.length > 0) {
    return onlyOne([
      ...marked.map(({ whole, head }): NamedRoute => {
        const route = accounts.get(whole);
        return route === undefined ? [head, accounts.get(head)] : [whole, route];
      }),
      ...gis.map((identifier): NamedRoute => [identifier, gisAccount(identifier, context)]),
    ]);
  }
  const found = runs.flatMap((run): NamedRoute[] => {
    const route = accounts.get(run);
    return route === undefined ? [] : [[run, route]];
  });
  return onlyOne(found);
}

type NamedRoute = readonly [name: string, route: AccountRoute | undefined];

function onlyOne(named: readonly NamedRoute[]): Recognised {
  const routes = new Map<AccountId, AccountRoute>();
  for (const [, route] of named) if (route !== undefined) routes.set(route.account, route);
  const [account, ...others] = routes.values();
  if (account === undefined) {
    const [first] = named;
    const values = first === undefined ? {} : { account: first[0] };
    return { account: null, code: "UNKNOWN_ACCOUNT", values };
  }
  if (others.length === 0) return { account, code: null };
  const fitting = named.flatMap(([name, route]) => (route === undefined ? [] : [name]));
  const values = { accounts: [...new Set(fitting)].join(", ") };
  return { account: null, code: "AMBIGUOUS_ACCOUNT", values };
}

/** The longest part of the identifier that is known: a payment document's leads to its account. */
function gisAccount(identifier: string, { gisAccounts }: MoneyContext): AccountRoute | undefined {
  for (const part of gisParts(identifier)) {
    const route = gisAccounts.get(part);
    if (route !== undefined) return route;
  }
  return undefined;
}

/** "80AA000001-01-0001" → itself, identifier of the service, ЕЛС. */
function gisParts(identifier: string): readonly string[] {
  const parts = identifier.split("-");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("-"));
}

/** As a person knows it from the statement. */
export function movementName({ documentNumber, documentDay, amount }: MoneyRecord): string {
  const kopecks = String(amount % 100).padStart(2, "0");
  const roubles = `${Math.floor(amount / 100)},${kopecks}`;
  return `№ ${documentNumber} от ${formatDay(documentDay)}, ${roubles} ₽`;
}
