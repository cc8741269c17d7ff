import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { parseArgs } from "node:util";
import { progressLines } from "../../normalizer/store/progress.ts";
import { restore } from "../../normalizer/store/restore.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { PASSPHRASE_VARIABLE } from "./backup.ts";
import { withStore } from "./given-store.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { data: { type: "string" }, json: { type: "boolean" } },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length !== 1) throw new UsageError("Нужен один ФАЙЛ");
  await access(file);
  return withStore(context, values, "restore", async (store) => {
    if (store.owner === null) {
      throw new UsageError("Для восстановления нужен владелец базы: задайте DATABASE_OWNER_URL");
    }
    const summary = await restore(store.owner, createReadStream(file), {
      passphrase: context.environment[PASSPHRASE_VARIABLE] ?? null,
      report: progressLines(context.note),
      signal: context.signal,
    });
    if (values.json === true) context.out(JSON.stringify({ file, ...summary }));
    else {
      context.out(`Восстановлено из ${file}: таблиц ${summary.tables}, строк ${summary.rows}.`);
      context.note("Проверьте хранилище: npm run -s hub -- verify");
    }
    return EXIT_OK;
  });
}

export const command: Command = {
  name: "restore",
  summary: "Заполнить пустое хранилище из резервной копии",
  usage:
    "ФАЙЛ [--data ПАПКА] [--json]\n" +
    `  пароль зашифрованной копии — в переменной ${PASSPHRASE_VARIABLE}\n` +
    "  --data  папка данных встроенной базы, по умолчанию data",
  run,
};
