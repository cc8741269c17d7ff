import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backup } from "../../normalizer/store/backup.ts";
import { progressLines } from "../../normalizer/store/progress.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { withStore } from "./given-store.ts";

/**
 * On the command line a passphrase would stay in the history of the shell and in the list of
 * processes.
 */
export const PASSPHRASE_VARIABLE = "HUB_BACKUP_PASSPHRASE";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      encrypt: { type: "boolean" },
      data: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const [file] = positionals;
  if (file === undefined || positionals.length !== 1) throw new UsageError("Нужен один ФАЙЛ");
  const passphrase = context.environment[PASSPHRASE_VARIABLE] ?? null;
  if (values.encrypt === true && passphrase === null) {
    throw new UsageError(`Для --encrypt задайте пароль в переменной ${PASSPHRASE_VARIABLE}`);
  }
  return withStore(context, values, "backup", async (store) => {
    // Under its own name only when whole: an interrupted backup must not look like one.
    const partial = `${file}.partial`;
    try {
      const summary = await backup(store.hub, createWriteStream(partial, { mode: 0o600 }), {
        passphrase: values.encrypt === true ? passphrase : null,
        report: progressLines(context.note),
        signal: context.signal,
      });
      await rename(partial, file);
      if (values.json === true) context.out(JSON.stringify({ file, ...summary }));
      else context.out(`${file}: таблиц ${summary.tables}, строк ${summary.rows}`);
      return EXIT_OK;
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  });
}

export const command: Command = {
  name: "backup",
  summary: "Записать всё хранилище в один файл, не останавливая хаб",
  usage:
    "ФАЙЛ [--encrypt] [--data ПАПКА] [--json]\n" +
    `  --encrypt  зашифровать паролем из ${PASSPHRASE_VARIABLE} (AES-256-GCM)\n` +
    "  --data     папка данных встроенной базы, по умолчанию data",
  run,
};
