import { parseArgs } from "node:util";
import { formatMonth } from "../../normalizer/model/dates.ts";
import { progressLines } from "../../normalizer/store/progress.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../command.ts";
import { LINE_NAMES } from "../http/names.ts";
import type { Replayed } from "../runs/replay.ts";
import { replayMonth } from "../runs/replay.ts";
import { givenMonth } from "./bill.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";
import { formatRoubles } from "./texts.ts";

const ROWS_MAX = 100;

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...STORE_OPTIONS, all: { type: "boolean" } },
  });
  const month = givenMonth(positionals[0], "месяц");
  return withStore(context, values, "replay-run", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const replayed = await replayMonth(store.hub, {
      ...{ organisation, month, signal: context.signal },
      onProgress: progressLines(context.note),
    });
    if (replayed.runs.length === 0) {
      context.note(`За ${formatMonth(month)} нет утверждённого расчёта.`);
      return EXIT_FAILED;
    }
    if (values.json === true) {
      const changed = replayed.changed.map((sum) => ({
        ...sum,
        origin: sum.origin === null ? null : formatMonth(sum.origin),
      }));
      context.out(JSON.stringify({ ...replayed, changed }));
    } else {
      const rowsMax = values.all === true ? Number.POSITIVE_INFINITY : ROWS_MAX;
      for (const text of texts(replayed, rowsMax)) context.out(text);
    }
    return replayed.complete ? EXIT_OK : EXIT_FAILED;
  });
}

function texts(replayed: Replayed, rowsMax: number): readonly string[] {
  const { accounts, lines, changed, byRule, complete } = replayed;
  const whole = complete ? "" : " Остановлено: это только часть.";
  const looked = `Пересчитано счетов ${accounts}, строк ${lines}.${whole}`;
  if (changed.length === 0) return [looked, "Не изменилась ни одна копейка."];
  const out = [looked, `Изменилось сумм: ${changed.length}.`];
  for (const { rule, clauses, sums, thenKopecks, nowKopecks } of byRule) {
    out.push(
      `  ${rule}: сумм ${sums}, ${formatRoubles(thenKopecks)} → ${formatRoubles(nowKopecks)}, ` +
        `разница ${formatRoubles(nowKopecks - thenKopecks)}`,
      ...clauses.map((clause) => `    ${clause}`),
    );
  }
  for (const sum of changed.slice(0, rowsMax)) {
    out.push(
      `${sum.account} ${sum.kind === "PENALTY" ? "Пени" : LINE_NAMES[sum.kind]} ` +
        `${sum.origin === null ? "" : formatMonth(sum.origin)} ${sum.zone ?? ""}: ` +
        `${formatRoubles(sum.thenKopecks)} → ${formatRoubles(sum.nowKopecks)} (${sum.address})`,
    );
  }
  if (changed.length > rowsMax) out.push(`…ещё ${changed.length - rowsMax}; все: --all или --json`);
  return out;
}

export const command: Command = {
  name: "replay-run",
  summary:
    "Пересчитать утверждённый месяц сегодняшними правилами и показать каждую изменившуюся копейку",
  usage: `ГГГГ-ММ [--all]
  --all               все изменившиеся суммы, а не первые ${ROWS_MAX}
${STORE_USAGE}`,
  run,
};
