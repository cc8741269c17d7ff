import type { PenaltyLine } from "../../billing/penalties/penalty.ts";
import { formatDay, formatMonth } from "../../normalizer/model/dates.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../command.ts";
import type { ExplainedPenalty } from "../penalty.ts";
import { explainPenalty } from "../penalty.ts";
import { withAccountMonth } from "./given-account.ts";
import { STORE_USAGE } from "./given-store.ts";
import { formatRoubles } from "./texts.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  return withAccountMonth(args, context, "penalty", "month", async (given) => {
    const { store, place, month, json } = given;
    const explained = await explainPenalty(store.hub, place, month);
    if (explained.length === 0) {
      context.note(`По счёту ${place.number} за ${formatMonth(month)} пеней не проведено.`);
      return EXIT_FAILED;
    }
    if (json) context.out(JSON.stringify(explained.map(asJson)));
    else for (const penalty of explained) print(place.number, penalty, context);
    return explained.every(({ equal }) => equal) ? EXIT_OK : EXIT_FAILED;
  });
}

function print(number: string, penalty: ExplainedPenalty, context: CommandContext): void {
  const { run: id, lines, accrued, postedBefore, posted, equal } = penalty;
  context.out(
    `Лицевой счёт ${number}, расчёт ${id}: пени ${formatRoubles(posted)} = ` +
      `начислено ${formatRoubles(accrued)} − проведено раньше ${formatRoubles(postedBefore)}`,
  );
  for (const line of lines) context.out(`  ${lineText(line)}`);
  context.out("  основание: ЖК РФ, ст. 155, ч. 14; ПП РФ от 26.03.2022 № 474");
  context.out(
    equal
      ? "  сверка: повторный расчёт равен проводке"
      : "  СВЕРКА НЕ СОШЛАСЬ: повторный расчёт даёт другую сумму — сохранённые данные изменены",
  );
}

function lineText({ period, base, from, to, days, divisor, rateE2, amount }: PenaltyLine): string {
  const rate = String(rateE2 / 100).replace(".", ",");
  return (
    `долг за ${formatMonth(period)}, ${formatDay(from)} – ${formatDay(to)}: ` +
    `${formatRoubles(base)} × ${rate} % / ${divisor} × ${days} дн. = ${formatRoubles(amount)}`
  );
}

function asJson({ lines, ...penalty }: ExplainedPenalty) {
  return {
    ...penalty,
    lines: lines.map((line) => ({
      ...line,
      period: formatMonth(line.period),
      from: formatDay(line.from),
      to: formatDay(line.to),
    })),
  };
}

export const command: Command = {
  name: "penalty",
  summary: "Объяснить пени месяца: дни, ставка и доля по каждому долгу, сверка с проводкой",
  usage: `ЛИЦЕВОЙ_СЧЁТ --month ГГГГ-ММ\n${STORE_USAGE}`,
  run,
};
