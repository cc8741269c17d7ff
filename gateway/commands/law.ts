import { parseArgs } from "node:util";
import { readLawFolder } from "../../config/law.ts";
import { loadLaw } from "../../normalizer/store/law.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...STORE_OPTIONS,
      folder: { type: "string" },
      author: { type: "string" },
      ground: { type: "string" },
    },
  });
  const { author, ground } = values;
  if (author === undefined || ground === undefined) {
    throw new UsageError("Нужны --author (кто загружает) и --ground (на каком основании)");
  }
  const files = await readLawFolder(values.folder ?? "config/law");
  return withStore(context, values, "law", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const outcomes = [];
    for (const { name, bytes, entries } of files) {
      const load = { organisation, name, bytes, facts: entries, author, ground };
      outcomes.push(await loadLaw(store.hub, load));
    }
    if (values.json === true) context.out(JSON.stringify(outcomes));
    for (const { name, message, added, changed, unchanged } of values.json ? [] : outcomes) {
      const stored = message === null ? "без изменений" : `сообщение ${message}`;
      context.out(`${name}: новых ${added}, изменено ${changed}, прежних ${unchanged}; ${stored}`);
    }
    return EXIT_OK;
  });
}

export const command: Command = {
  name: "law",
  summary: "Загрузить тарифы, нормативы, ставки и календари с их актами",
  usage: `--author КТО --ground ОСНОВАНИЕ [--folder config/law]\n${STORE_USAGE}`,
  run,
};
