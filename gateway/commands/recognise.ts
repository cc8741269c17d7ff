import { parseArgs } from "node:util";
import { formatDay } from "../../normalizer/model/dates.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import { MONEY_SCALE, parseScaled } from "../../normalizer/model/units.ts";
import { readUnrecognised } from "../../normalizer/store/payments.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_NOT_ACCEPTED, EXIT_OK, UsageError } from "../command.ts";
import { joinPayments, recognise } from "../intake/desk.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";
import { formatRoubles } from "./texts.ts";

const PLACE = /^(\d{1,15}):(\d{1,15})$/;
const PART = /^(.+)=([^=]+)$/;
const LIST_MAX = 100;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...STORE_OPTIONS,
      part: { type: "string", multiple: true },
      same: { type: "string" },
      ground: { type: "string" },
      author: { type: "string" },
    },
  });
  const [place, ...more] = positionals;
  if (more.length > 0) throw new UsageError("Нужен один платёж");
  if (place === undefined) return list(values, context);
  const payment = placeOf(place);
  const { ground, part = [], same } = values;
  if (ground === undefined || (part.length === 0) === (same === undefined)) {
    throw new UsageError("Нужны --ground и либо --part, либо --same");
  }
  const parts = part.map(partOf);
  const sameAs = same === undefined ? null : placeOf(same);
  return withStore(context, values, "recognise", async (store) => {
    const said = {
      organisation: await givenOrganisation(store, values.organisation),
      payment,
      author: values.author ?? context.environment["USER"] ?? "hub recognise",
      ground,
      receivedAtMs: Date.now(),
    };
    const done =
      sameAs === null
        ? await recognise(store.hub, { ...said, parts })
        : await joinPayments(store.hub, { ...said, sameAs });
    const { state, message: id } = done.message;
    const texts = done.problems.map(problemText);
    if (values.json === true) {
      context.out(JSON.stringify({ message: id, state, problems: done.problems, texts }));
    } else {
      context.out(state === "posted" ? `Платёж ${place} опознан` : `Не опознан: ${state}`);
      for (const text of texts) context.out(`  ${text}`);
    }
    return state === "posted" ? EXIT_OK : EXIT_NOT_ACCEPTED;
  });
}

function placeOf(text: string): { readonly message: number; readonly at: number } {
  const [, message, at] = PLACE.exec(text) ?? [];
  if (message === undefined || at === undefined) {
    throw new UsageError(`Платёж «${text}»: нужно СООБЩЕНИЕ:СТРОКА, как в списке`);
  }
  return { message: Number(message), at: Number(at) };
}

function partOf(text: string): { readonly accountNumber: string; readonly amount: number } {
  const [, accountNumber, sum] = PART.exec(text) ?? [];
  const amount = parseScaled((sum ?? "").replace(",", "."), MONEY_SCALE);
  if (accountNumber === undefined || amount === null) {
    throw new UsageError(`Часть «${text}»: нужно ЛИЦЕВОЙ_СЧЁТ=РУБЛИ`);
  }
  return { accountNumber, amount };
}

function list(
  values: { readonly organisation?: string; readonly data?: string; readonly json?: boolean },
  context: CommandContext,
): Promise<number> {
  return withStore(context, values, "recognise", async (store) => {
    const payments = await readUnrecognised(store.hub, {
      organisation: await givenOrganisation(store, values.organisation),
      direction: "IN",
      after: null,
      limit: LIST_MAX,
    });
    if (values.json === true) context.out(JSON.stringify(payments));
    else if (payments.length === 0) context.out("Невыясненных платежей нет");
    else {
      for (const { message, at, paidDay, left, other, purpose, similar } of payments) {
        const twin = similar === null ? "" : `; похож на ${similar.message}:${similar.at}`;
        const who = `${other.name}; ${purpose}${twin}`;
        context.out(`${message}:${at}  ${formatDay(paidDay)}  ${formatRoubles(left)}  ${who}`);
      }
    }
    return EXIT_OK;
  });
}

export const command: Command = {
  name: "recognise",
  summary: "Показать невыясненные платежи или разнести один из них по лицевым счетам",
  usage: `[СООБЩЕНИЕ:СТРОКА (--part ЛИЦЕВОЙ_СЧЁТ=РУБЛИ … | --same СООБЩЕНИЕ:СТРОКА) --ground ОСНОВАНИЕ [--author КТО]]
  --part ЛС=РУБЛИ     часть платежа; можно повторять, остаток остаётся невыясненным
  --same М:С          это тот же платёж, что и учтённый там: банк и ГИС ЖКХ сообщили о нём оба
  --ground ТЕКСТ      почему это платёж этого счёта
${STORE_USAGE}`,
  run,
};
