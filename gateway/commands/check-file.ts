import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { parseDocument } from "yaml";
import { SOURCES } from "../../adapters/registry.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_NOT_ACCEPTED, EXIT_OK, UsageError } from "../command.ts";
import { OUTCOME_NAMES } from "../http/names.ts";
import { storeContext } from "../intake/check-context.ts";
import type { CheckedFile, CheckRequest } from "../intake/check-file.ts";
import { checkPath } from "../intake/check-path.ts";
import { checkProfile } from "../intake/profile.ts";
import { givenOrganisation, STORE_OPTIONS, withStore } from "./given-store.ts";

/** A person reads the first ones; all of them are in --json. */
const PROBLEMS_SHOWN_MAX = 50;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...STORE_OPTIONS, source: { type: "string" }, profile: { type: "string" } },
    allowPositionals: true,
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new UsageError("Нужен один файл");
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) throw new UsageError(`Нет файла ${path}`);
  const adapter = await givenSource(values.source);
  const request = {
    adapter,
    profile: await givenProfile(adapter.profileSchema, values.profile),
    file: basename(path),
    receivedAtMs: Date.now(),
    context: null,
  };
  // Only when asked: a check must not depend on whether a database happens to be configured.
  const checked =
    values.organisation === undefined
      ? await checkPath(path, request)
      : await withStore(context, values, "check-file", async (store) => {
          const organisation = await givenOrganisation(store, values.organisation);
          return checkPath(path, { ...request, context: storeContext(store.hub, organisation) });
        });
  context.out(values.json === true ? JSON.stringify(checked) : describe(checked));
  return checked.outcome === "accepted" ? EXIT_OK : EXIT_NOT_ACCEPTED;
}

async function givenSource(kind: string | undefined): Promise<CheckRequest["adapter"]> {
  const known = Object.keys(SOURCES).join(", ");
  const load = kind === undefined ? undefined : SOURCES[kind];
  if (load === undefined || !Object.hasOwn(SOURCES, kind ?? "")) {
    throw new UsageError(`Нужен --source, один из: ${known}`);
  }
  return (await load()).adapter;
}

async function givenProfile(schema: object, path: string | undefined): Promise<unknown> {
  const given: unknown = path === undefined ? undefined : await readProfile(path);
  const profile = checkProfile(schema, given);
  if (profile.ok) return profile.value;
  throw new UsageError(`Профиль ${path}:\n  ${profile.problems.join("\n  ")}`);
}

async function readProfile(path: string): Promise<unknown> {
  const document = parseDocument(await readFile(path, "utf8"));
  const [error] = document.errors;
  if (error !== undefined) throw new UsageError(`Профиль ${path}: ${error.message}`);
  return document.toJS();
}

function describe(checked: CheckedFile): string {
  const { accepted, warned, waiting, rejected } = checked.records;
  const shown = checked.problems.slice(0, PROBLEMS_SHOWN_MAX);
  const hidden = checked.problems.length - shown.length;
  return [
    `${checked.file}: ${OUTCOME_NAMES[checked.outcome]}`,
    `записей: принято ${accepted}, с замечанием ${warned}, ждёт ${waiting}, отклонено ${rejected}`,
    ...shown.map(({ code, at, text, object }) => {
      return `  ${code}:${at} ${text}${object === undefined ? "" : ` (${object})`}`;
    }),
    ...(hidden > 0 ? [`  … и ещё ${hidden}, все — с --json`] : []),
    ...checked.sums.map(
      ({ key, count, total, unit }) => `  ${key}: ${count} знач., ${total} ${unit}`,
    ),
  ].join("\n");
}

export const command: Command = {
  name: "check-file",
  summary: "Проверить файл без загрузки: разбор, замечания, суммы",
  usage: `--source ВИД [--profile ФАЙЛ] ФАЙЛ [--json]
  --source ВИД        чем читать: ${Object.keys(SOURCES).join(", ")}
  --profile ФАЙЛ      профиль чтения, YAML или JSON; без него — по умолчанию
  --organisation N    сверить с привязками и приборами организации из хранилища;
                      без него отправитель считается известным, записи ждут
  --data ПАПКА        папка данных встроенной базы (data), когда DATABASE_URL не задан
  --json              результат в JSON
Код выхода 0, если файл принят целиком, иначе 3.`,
  run,
};
