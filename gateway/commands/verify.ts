import { parseArgs } from "node:util";
import { verify } from "../../normalizer/store/verify.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../command.ts";
import { withStore } from "./given-store.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: "string" }, json: { type: "boolean" } },
  });
  return withStore(context, values, "verify", async (store) => {
    const report = await verify(store.hub, {
      report: (title, checked) =>
        context.note(`${title}: проверено ${checked.toLocaleString("ru-RU")}`),
      signal: context.signal,
    });
    if (values.json === true) context.out(JSON.stringify(report));
    for (const { title, checked, failed, failures } of values.json ? [] : report.checks) {
      context.out(
        `${failed === 0 ? "верно " : "ОШИБКИ"}  ${title}: ${checked}, из них плохих ${failed}`,
      );
      for (const failure of failures) context.out(`        ${failure}`);
    }
    return report.ok ? EXIT_OK : EXIT_FAILED;
  });
}

export const command: Command = {
  name: "verify",
  summary: "Проверить хранилище само по себе: байты, версии, ссылки, пересчёт суток",
  usage: "[--data ПАПКА] [--json]\n  код 0 — всё сходится, 1 — есть ошибки",
  run,
};
