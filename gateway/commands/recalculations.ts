import {
  type RecalculationRow,
  recalculationSheet,
} from "../../billing/documents/recalculation-sheet.ts";
import { formatDay, formatMonth } from "../../normalizer/model/dates.ts";
import { formatScaled, PRICE_SCALE } from "../../normalizer/model/units.ts";
import { knownRuns, linesOfAccounts } from "../../normalizer/store/posted.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK } from "../command.ts";
import { ZONE_NAMES } from "../http/names.ts";
import { withAccountMonth } from "./given-account.ts";
import { STORE_USAGE } from "./given-store.ts";
import { formatKwh, formatRoubles } from "./texts.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  return withAccountMonth(args, context, "recalculations", "month", async (given) => {
    const { store, place, month, json } = given;
    const runs = await knownRuns(store.hub, place.organisation, null);
    const lines = await linesOfAccounts(store.hub, place.shard, [place], runs);
    const { rows, total } = recalculationSheet(lines, month);
    if (json) {
      context.out(JSON.stringify({ account: place.number, rows: rows.map(rowJson), total }));
      return EXIT_OK;
    }
    if (rows.length === 0) {
      context.out(`По счёту ${place.number} в ${formatMonth(month)} перерасчётов по строкам нет.`);
      return EXIT_OK;
    }
    context.out(
      `Расчёт перерасчёта, лицевой счёт ${place.number}, проведён в ${formatMonth(month)}`,
    );
    for (const row of rows) context.out(`  ${rowText(row)}`);
    context.out(`Итого: ${formatRoubles(total)}`);
    return EXIT_OK;
  });
}

function rowText({ ground, line, oldVolume, newVolume, oldAmount, newAmount }: RecalculationRow) {
  const price =
    line.price === null
      ? ""
      : `, тариф ${formatScaled(line.price, PRICE_SCALE).replace(".", ",")} ₽/кВт·ч`;
  const range = line.range > 1 ? `, диапазон ${line.range}` : "";
  return (
    `за ${formatMonth(line.origin)}, ${ZONE_NAMES[line.zone]}${range}, ${ground}: ` +
    `${formatKwh(oldVolume)} → ${formatKwh(newVolume)}${price}; ` +
    `${formatRoubles(oldAmount)} → ${formatRoubles(newAmount)}, ` +
    `перерасчёт ${formatRoubles(line.amount)} (расчёт ${line.run})`
  );
}

function rowJson({ line, ...row }: RecalculationRow) {
  const { run: id, ordinal, kind, point, zone, range, price, amount } = line;
  return {
    origin: formatMonth(line.origin),
    ...{ run: id, ordinal, kind, point, zone, range, price },
    tariffFrom: line.tariffFrom === null ? null : formatDay(line.tariffFrom),
    ...row,
    amount,
  };
}

export const command: Command = {
  name: "recalculations",
  summary: "Расчёт перерасчёта: за какой месяц, почему, объём до и после, тариф, сумма",
  usage: `ЛИЦЕВОЙ_СЧЁТ --month ГГГГ-ММ\n${STORE_USAGE}`,
  run,
};
