import { StoreError } from "../normalizer/store/store-error.ts";
import type { Command, CommandContext } from "./command.ts";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, UsageError } from "./command.ts";

/** A new command is its module and a line here; modules are loaded only when called. */
const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  migrate: () => import("./commands/migrate.ts"),
  user: () => import("./commands/user.ts"),
  backup: () => import("./commands/backup.ts"),
  restore: () => import("./commands/restore.ts"),
  verify: () => import("./commands/verify.ts"),
  ingest: () => import("./commands/ingest.ts"),
  law: () => import("./commands/law.ts"),
  fact: () => import("./commands/fact.ts"),
  bill: () => import("./commands/bill.ts"),
  close: () => import("./commands/close.ts"),
  explain: () => import("./commands/explain.ts"),
  penalty: () => import("./commands/penalty.ts"),
  "replay-run": () => import("./commands/replay-run.ts"),
  report: () => import("./commands/report.ts"),
  recalculations: () => import("./commands/recalculations.ts"),
  f83: () => import("./commands/f83.ts"),
  receipt: () => import("./commands/receipt.ts"),
  deliveries: () => import("./commands/deliveries.ts"),
  delivery: () => import("./commands/delivery.ts"),
  recognise: () => import("./commands/recognise.ts"),
  refund: () => import("./commands/refund.ts"),
  readings: () => import("./commands/readings.ts"),
  "check-file": () => import("./commands/check-file.ts"),
};

async function help(context: CommandContext): Promise<number> {
  context.out("hub — командная строка оператора\n");
  context.out("npm run -s hub -- КОМАНДА [--help] [--json]\n");
  for (const [name, load] of Object.entries(COMMANDS)) {
    const { command } = await load();
    context.out(`  ${name.padEnd(14)} ${command.summary}`);
  }
  return EXIT_OK;
}

/** Runs one call of `hub` and returns its exit code; nothing here ends the process. */
export async function runCli(argv: readonly string[], context: CommandContext): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === "--help" || name === "help") return help(context);
  const load = COMMANDS[name];
  if (load === undefined) {
    context.note(`Нет команды «${name}». Список: hub --help`);
    return EXIT_USAGE;
  }
  const { command } = await load();
  if (args.includes("--help")) {
    context.out(`hub ${command.name} ${command.usage}\n\n${command.summary}`);
    return EXIT_OK;
  }
  try {
    return await command.run(args, context);
  } catch (error) {
    if (error instanceof UsageError || isParseArgsError(error)) {
      context.note(`${error.message}\nhub ${command.name} ${command.usage}`);
      return EXIT_USAGE;
    }
    if (error instanceof StoreError) {
      context.note(error.message);
      return EXIT_FAILED;
    }
    context.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT_FAILED;
  }
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && String(Reflect.get(error, "code")).startsWith("ERR_PARSE_ARGS");
}

if (process.argv[1] === import.meta.filename) {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  process.exitCode = await runCli(process.argv.slice(2), {
    environment: process.env,
    out: (text) => process.stdout.write(`${text}\n`),
    note: (text) => process.stderr.write(`${text}\n`),
    signal: stop.signal,
  });
}
