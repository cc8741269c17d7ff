import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import type { EnteredKind, FieldForm } from "../../normalizer/intake/fact-forms.ts";
import { FACT_FORMS, formOf, isEnteredKind } from "../../normalizer/intake/fact-forms.ts";
import { addDays, formatDay } from "../../normalizer/model/dates.ts";
import { problemLine } from "../../normalizer/model/problem-text.ts";
import type { FactEntry } from "../../normalizer/model/records.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { FactVersion } from "../../normalizer/store/facts.ts";
import { readFacts } from "../../normalizer/store/facts.ts";
import type { Store } from "../../normalizer/store/open.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_NOT_ACCEPTED, EXIT_OK, UsageError } from "../command.ts";
import type { EnteredAtDesk } from "../intake/desk.ts";
import { approveFacts, enterFacts } from "../intake/desk.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

const OPTIONS = {
  ...STORE_OPTIONS,
  account: { type: "string" },
  meter: { type: "string" },
  site: { type: "string" },
  name: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  author: { type: "string" },
  ground: { type: "string" },
} as const;

type Parsed = ReturnType<typeof parsed>["values"];
type Values = { readonly [Name in keyof Parsed]: Parsed[Name] | undefined };

function parsed(args: readonly string[]) {
  return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parsed(args);
  const [verb, ...rest] = positionals;
  switch (verb) {
    case "add":
      return enter([entryOf("ADD", rest, values)], values, context);
    case "correct":
      return enter([entryOf("CORRECT", rest, values)], values, context);
    case "end":
      return enter([entryOf("END", rest, values)], values, context);
    case "load":
      return enter(await entriesOf(only(rest, "файл")), values, context);
    case "approve":
      return approve(only(rest, "номер сообщения"), values, context);
    case "list":
      return list(rest, values, context);
    default:
      throw new UsageError("Нужно add, correct, end, load, approve или list");
  }
}

function only(rest: readonly string[], what: string): string {
  const [one, ...more] = rest;
  if (one === undefined || more.length > 0) throw new UsageError(`Нужен один ${what}`);
  return one;
}

function kindOf(text: string | undefined): EnteredKind {
  if (text !== undefined && isEnteredKind(text)) return text;
  throw new UsageError(`Вид факта: ${Object.keys(FACT_FORMS).join(", ")}`);
}

function entryOf(
  action: FactEntry["action"],
  [kind, ...fields]: readonly string[],
  given: Values,
): FactEntry {
  const values: Record<string, string> = {};
  for (const field of fields) {
    const equals = field.indexOf("=");
    if (equals < 1) throw new UsageError(`«${field}»: нужно ПОЛЕ=ЗНАЧЕНИЕ`);
    values[field.slice(0, equals)] = field.slice(equals + 1);
  }
  const { account, meter, site } = given;
  return {
    kind: kindOf(kind),
    action,
    whose: {
      ...(account === undefined ? {} : { account }),
      ...(meter === undefined ? {} : { meter }),
      ...(site === undefined ? {} : { site: siteOf(site) }),
    },
    name: given.name ?? "",
    from: given.from ?? null,
    to: given.to ?? null,
    values,
  };
}

function siteOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError("--site: номер дома");
  return Number(text);
}

/** Facts of a YAML or JSON file; every scalar is a text, as a person would type it. */
async function entriesOf(path: string): Promise<readonly FactEntry[]> {
  const document = parseDocument(await readFile(path, "utf8"), { schema: "failsafe" });
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`${path}: ${error.message}`);
  const rows: unknown = document.toJS();
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new UsageError(`${path}: нужен список фактов`);
  }
  return rows.map((row: unknown, index) => entryOfRow(row, `${path}, факт ${index + 1}`));
}

const ROW_FIELDS = ["kind", "action", "account", "meter", "site", "name", "from", "to", "values"];

function entryOfRow(row: unknown, place: string): FactEntry {
  if (typeof row !== "object" || row === null) throw new UsageError(`${place}: нужны поля`);
  const unknown = Object.keys(row).find((name) => !ROW_FIELDS.includes(name));
  if (unknown !== undefined) throw new UsageError(`${place}: поля «${unknown}» нет`);
  const textOf = (name: string) => {
    const value: unknown = Reflect.get(row, name);
    if (value === undefined || typeof value === "string") return value;
    throw new UsageError(`${place}: «${name}» — один текст`);
  };
  const action = textOf("action") ?? "ADD";
  if (action !== "ADD" && action !== "CORRECT" && action !== "END") {
    throw new UsageError(`${place}: action — ADD, CORRECT или END`);
  }
  const values: unknown = Reflect.get(row, "values") ?? {};
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new UsageError(`${place}: values — ПОЛЕ: ЗНАЧЕНИЕ`);
  }
  const fields = Object.entries(values).map(([name, value]) => `${name}=${String(value)}`);
  const given: Values = {
    account: textOf("account"),
    meter: textOf("meter"),
    site: textOf("site"),
    name: textOf("name"),
    from: textOf("from"),
    to: textOf("to"),
  };
  return entryOf(action, [textOf("kind") ?? "", ...fields], given);
}

function storeOf({ data }: Values): { readonly data?: string } {
  return data === undefined ? {} : { data };
}

function groundOf({ ground }: Values): string {
  if (ground === undefined || ground === "") throw new UsageError("Нужен --ground: основание");
  return ground;
}

function authorOf({ author }: Values, context: CommandContext): string {
  return author ?? context.environment["USER"] ?? "hub fact";
}

async function enter(
  facts: readonly FactEntry[],
  values: Values,
  context: CommandContext,
): Promise<number> {
  const ground = groundOf(values);
  return withStore(context, storeOf(values), "fact", async (store) => {
    const entered = await enterFacts(store.hub, {
      organisation: await givenOrganisation(store, values.organisation),
      facts,
      author: authorOf(values, context),
      ground,
      receivedAtMs: Date.now(),
    });
    return report(entered, values, context);
  });
}

async function approve(text: string, values: Values, context: CommandContext): Promise<number> {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError("Нужен номер сообщения с фактами");
  const ground = groundOf(values);
  return withStore(context, storeOf(values), "fact", async (store) => {
    const entered = await approveFacts(store.hub, {
      organisation: await givenOrganisation(store, values.organisation),
      request: Number(text),
      author: authorOf(values, context),
      ground,
      receivedAtMs: Date.now(),
    });
    return report(entered, values, context);
  });
}

function report(
  { message: { message, state }, duplicate, outcome, problems }: EnteredAtDesk,
  { json }: Values,
  context: CommandContext,
): number {
  const waits = (outcome?.records?.held ?? 0) > 0;
  if (json === true) context.out(JSON.stringify({ message, state, duplicate, waits, problems }));
  else if (state !== "posted") {
    context.out(duplicate ? "То же самое уже внесено." : `Не внесено: сообщение ${message}`);
  } else if (waits) {
    context.out(`Сообщение ${message} ждёт второго человека: hub fact approve ${message}`);
  } else context.out(`Внесено: сообщение ${message}`);
  if (json !== true) for (const problem of problems) context.out(`  ${problemLine(problem)}`);
  return state === "posted" ? EXIT_OK : EXIT_NOT_ACCEPTED;
}

async function list(
  [kind, ...more]: readonly string[],
  values: Values,
  context: CommandContext,
): Promise<number> {
  const { account } = values;
  if (account === undefined || more.length > 0) {
    throw new UsageError("Нужны --account и, если надо, один вид факта");
  }
  const kinds = kind === undefined ? (Object.keys(FACT_FORMS) as EnteredKind[]) : [kindOf(kind)];
  return withStore(context, storeOf(values), "fact", async (store) => {
    const versions = await versionsOf(store, values, account, kinds);
    if (versions === null) {
      context.note(`Лицевого счёта ${account} нет.`);
      return EXIT_FAILED;
    }
    if (values.json === true) context.out(JSON.stringify(versions));
    else for (const version of versions) context.out(versionText(version));
    return EXIT_OK;
  });
}

/** Facts of the account, and what its house has in common; null where there is no such account. */
async function versionsOf(
  store: Store,
  values: Values,
  number: string,
  kinds: readonly EnteredKind[],
): Promise<readonly FactVersion[] | null> {
  const organisation = await givenOrganisation(store, values.organisation);
  const place = await placeOf(store.hub, { organisation, districts: null }, number);
  if (!place.ok) return null;
  const { shard, site, account } = place.value;
  const versions: FactVersion[] = [];
  for (const kind of kinds) {
    if (kind === "switch") continue;
    const ofSite = await readFacts(store.hub, { shard, kind, site, knownAt: null });
    const isOfAccount = formOf(kind).of === "ACCOUNT" && kind !== "occupancy";
    versions.push(
      ...ofSite.filter(({ subject }) => {
        const [first] = subject.split("/");
        return !isOfAccount || first === String(account);
      }),
    );
  }
  return versions;
}

function versionText({ kind, subject, from, to, author, ground, message, body }: FactVersion) {
  const last = to === null ? "…" : formatDay(addDays(to, -1));
  return (
    `${kind} ${subject}  ${formatDay(from)} – ${last}  ${JSON.stringify(body)}\n` +
    `  ${author}: ${ground} (сообщение ${message})`
  );
}

function fieldText(name: string, field: FieldForm): string {
  const words = field.type === "word" ? field.words.join("|") : field.type.toUpperCase();
  const text = `${name}=${words}`;
  return field.optional === true ? `[${text}]` : text;
}

function kindTexts(): string {
  return (Object.keys(FACT_FORMS) as EnteredKind[])
    .map((kind) => {
      const { name, fields, fourEyes } = formOf(kind);
      const named = name === null ? "" : ` --name «${name}»`;
      const texts = Object.entries(fields).map(([field, form]) => fieldText(field, form));
      const eyes = fourEyes === true ? "  (утверждает второй человек)" : "";
      return `    ${kind}${named} ${texts.join(" ")}${eyes}`;
    })
    .join("\n");
}

export const command: Command = {
  name: "fact",
  summary: "Внести, исправить, закончить и показать факты о счёте, приборе и доме",
  usage: `add|correct|end ВИД --account ЛС | --meter НОМЕР | --site ДОМ … ПОЛЕ=ЗНАЧЕНИЕ … --ground ОСНОВАНИЕ
  load ФАЙЛ           факты из файла YAML или JSON: все или ни одного
  approve СООБЩЕНИЕ   второй человек утверждает внесённое первым
  list [ВИД] --account ЛС
  --from, --to ДЕНЬ   первый и последний день; отсутствие: день отъезда и день возвращения;
                      прибор: день акта; ручной перерасчёт и списание: --from ГГГГ-ММ, месяц, за который сумма
                      end: --to — последний день, без него факт отменяется целиком
  --author КТО        имя для журнала
  виды и поля:
${kindTexts()}
${STORE_USAGE}`,
  run,
};
