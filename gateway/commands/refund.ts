import { parseArgs } from "node:util";
import { formatDay, parseDay } from "../../normalizer/model/dates.ts";
import { definitionOf } from "../../normalizer/model/problem-catalogue.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import { MONEY_SCALE, parseScaled } from "../../normalizer/model/units.ts";
import { findUser } from "../../normalizer/store/access.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Store } from "../../normalizer/store/open.ts";
import type { RefundState, StoredRefund } from "../../normalizer/store/refunds.ts";
import { listRefunds } from "../../normalizer/store/refunds.ts";
import type { Role } from "../access/roles.ts";
import { REFUND_APPROVAL_ROLES, REFUND_ROLES, ROLES } from "../access/roles.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_NOT_ACCEPTED, EXIT_OK, UsageError } from "../command.ts";
import type { EnteredAtDesk } from "../intake/desk.ts";
import { bankDay, decideRefund, orderRefund } from "../intake/refund-desk.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";
import { formatRoubles } from "./texts.ts";

const OPTIONS = {
  ...STORE_OPTIONS,
  amount: { type: "string" },
  name: { type: "string" },
  inn: { type: "string" },
  account: { type: "string" },
  bank: { type: "string" },
  bic: { type: "string" },
  correspondent: { type: "string" },
  purpose: { type: "string" },
  ground: { type: "string" },
  author: { type: "string" },
  day: { type: "string" },
  "refused-by-bank": { type: "boolean" },
  open: { type: "boolean" },
} as const;

type Values = ReturnType<typeof given>["values"];

function given(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
}

const LIST_MAX = 200;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = given(args);
  const [action, name, ...more] = positionals;
  if (more.length > 0) throw new UsageError("Лишние слова в вызове");
  return withStore(context, values, "refund", async (store) => {
    switch (action) {
      case "list":
        return list(store, values, name, context);
      case "order":
        return said(values, await order(store, values, name), context);
      case "approve":
      case "withdraw":
        return said(values, await decide(store, values, action, name), context);
      default:
        throw new UsageError("Нужно: order ЛИЦЕВОЙ_СЧЁТ, approve, withdraw ВОЗВРАТ или list");
    }
  });
}

async function order(
  store: Store,
  values: Values,
  account: string | undefined,
): Promise<EnteredAtDesk> {
  const amount = parseScaled((values.amount ?? "").replace(",", "."), MONEY_SCALE);
  if (account === undefined || amount === null) throw new UsageError("Нужны счёт и --amount РУБЛИ");
  const organisation = await givenOrganisation(store, values.organisation);
  const place = await placeOf(store.hub, { organisation, districts: null }, account);
  if (!place.ok) throw new UsageError(`Нет лицевого счёта ${account}`);
  return orderRefund(store.hub, {
    place: place.value,
    amount,
    payee: {
      name: required(values, "name"),
      inn: values.inn ?? "",
      account: required(values, "account"),
      bankName: required(values, "bank"),
      bic: required(values, "bic"),
      correspondentAccount: required(values, "correspondent"),
    },
    purpose: values.purpose ?? null,
    author: await personOf(store, values, REFUND_ROLES),
    ground: required(values, "ground"),
    receivedAtMs: Date.now(),
  });
}

async function decide(
  store: Store,
  values: Values,
  action: "approve" | "withdraw",
  refund: string | undefined,
): Promise<EnteredAtDesk> {
  if (!/^[1-9]\d{0,14}$/.test(refund ?? "")) throw new UsageError("Нужен номер возврата");
  const day = values.day === undefined ? bankDay(Date.now()) : parseDay(values.day);
  if (day === null) throw new UsageError(`Дата «${values.day}»: нужно ГГГГ-ММ-ДД`);
  const roles = action === "approve" ? REFUND_APPROVAL_ROLES : REFUND_ROLES;
  return decideRefund(store.hub, {
    organisation: await givenOrganisation(store, values.organisation),
    refund: Number(refund),
    decision: action === "approve" ? "APPROVED" : "WITHDRAWN",
    day,
    refusedByBank: values["refused-by-bank"] === true,
    author: await personOf(store, values, roles),
    ground: required(values, "ground"),
    receivedAtMs: Date.now(),
  });
}

function required(values: Values, name: keyof Values & keyof typeof OPTIONS): string {
  const value = values[name];
  if (typeof value !== "string" || value === "") throw new UsageError(`Нужен --${name}`);
  return value;
}

/** Four eyes are those of people whom the hub knows: a free text would be nobody's. */
async function personOf(store: Store, values: Values, roles: readonly Role[]): Promise<string> {
  const login = required(values, "author");
  const organisation = await givenOrganisation(store, values.organisation);
  const user = await findUser(store.hub, login);
  if (user?.active !== true || user.organisation !== organisation) {
    throw new UsageError(`--author ${login}: такого пользователя нет`);
  }
  if (roles.some((role) => role === user.role)) return login;
  const names = roles.map((role) => ROLES[role]).join(", ");
  throw new UsageError(`--author ${login}: нужна роль из: ${names}`);
}

function said(
  values: Values,
  { message, problems }: EnteredAtDesk,
  context: CommandContext,
): number {
  const accepted = message.state === "posted";
  const texts = problems.map(problemText);
  if (values.json === true) {
    context.out(JSON.stringify({ message: message.message, accepted, problems, texts }));
  } else {
    context.out(accepted ? `Принято, сообщение ${message.message}` : `Отказано: ${message.state}`);
    for (const problem of problems) {
      context.out(`  ${problemText(problem)}. ${definitionOf(problem.code).remedy}`);
    }
  }
  return accepted ? EXIT_OK : EXIT_NOT_ACCEPTED;
}

async function list(
  store: Store,
  values: Values,
  number: string | undefined,
  context: CommandContext,
): Promise<number> {
  const organisation = await givenOrganisation(store, values.organisation);
  const scope = { organisation, districts: null };
  const place = number === undefined ? null : await placeOf(store.hub, scope, number);
  if (place?.ok === false) throw new UsageError(`Нет лицевого счёта ${number}`);
  const refunds = await listRefunds(store.hub, {
    ...{ organisation, account: place?.value.account ?? null },
    ...{ open: values.open === true, limit: LIST_MAX },
  });
  if (values.json === true) context.out(JSON.stringify(refunds));
  else if (refunds.length === 0) context.out("Возвратов нет");
  else for (const refund of refunds) context.out(lineOf(refund));
  return EXIT_OK;
}

const STATES: Readonly<Record<RefundState, string>> = {
  ordered: "ждёт утверждения",
  approved: "утверждён, ждёт отправки",
  sent: "в банке, ждёт выписки",
  executed: "исполнен",
  withdrawn: "отозван",
};

function lineOf({ refund, accountNumber, amount, state, order, delivery }: StoredRefund): string {
  const words = [
    ...[refund, accountNumber, formatRoubles(amount), STATES[state]],
    ...(order === null ? [] : [`поручение № ${order.number} от ${formatDay(order.day)}`]),
    ...(delivery?.text == null ? [] : [delivery.text]),
  ];
  return words.join("  ");
}

export const command: Command = {
  name: "refund",
  summary: "Вернуть аванс лицевого счёта: заказать, утвердить другим человеком, отозвать",
  usage: `order ЛИЦЕВОЙ_СЧЁТ --amount РУБЛИ --name ПОЛУЧАТЕЛЬ --account СЧЁТ --bank БАНК --bic БИК
      --correspondent КОРСЧЁТ [--inn ИНН] [--purpose НАЗНАЧЕНИЕ] --ground ОСНОВАНИЕ --author КТО
  approve ВОЗВРАТ --ground ОСНОВАНИЕ --author КТО [--day ГГГГ-ММ-ДД]
  withdraw ВОЗВРАТ --ground ОСНОВАНИЕ --author КТО [--refused-by-bank]
  list [ЛИЦЕВОЙ_СЧЁТ] [--open]
  --author КТО        имя входа пользователя; утверждает не тот, кто заказал
  --day ГГГГ-ММ-ДД    дата платёжного поручения (сегодня)
  --refused-by-bank   поручение передано, и банк отказал в нём
  --purpose ТЕКСТ     назначение платежа; для договора обязательно (НДС)
  --open              только те, что ждут человека или банка
${STORE_USAGE}`,
  run,
};
