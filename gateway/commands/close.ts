import { parseArgs } from "node:util";
import { formatMonth } from "../../normalizer/model/dates.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK } from "../command.ts";
import { closePeriod } from "../runs/close.ts";
import { givenMonth } from "./bill.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";
import { formatRoubles } from "./texts.ts";

/**
 * A document under way ends in seconds; longer means that its normaliser is down and has to be
 * started.
 */
const WAIT_MS = 60_000;
const SHARDS_OF_NOTE = 64;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...STORE_OPTIONS, period: { type: "string" }, author: { type: "string" } },
  });
  const period = givenMonth(values.period, "--period");
  return withStore(context, values, "close", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const closed = await closePeriod(store.hub, {
      organisation,
      period,
      author: values.author ?? context.environment["USER"] ?? "hub close",
      waitMs: WAIT_MS,
      onProgress: (done) => {
        if (done % SHARDS_OF_NOTE === 0) context.note(`контрольные точки: ${done} из 256 частей`);
      },
    });
    if (values.json === true) {
      context.out(JSON.stringify({ ...closed, period: formatMonth(period) }));
    } else {
      context.out(
        `Период ${formatMonth(period)} закрыт: счетов ${closed.accounts}, ` +
          `сальдо ${formatRoubles(closed.balanceKopecks)}, ` +
          `задолженность ${formatRoubles(closed.debtKopecks)}`,
      );
    }
    return EXIT_OK;
  });
}

export const command: Command = {
  name: "close",
  summary: "Закрыть начисленный период и записать контрольные точки сальдо",
  usage: `--period ГГГГ-ММ [--author КТО]\n${STORE_USAGE}`,
  run,
};
