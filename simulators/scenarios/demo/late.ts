import { closePeriod } from "../../../gateway/runs/close.ts";
import { addMonths, formatMonth } from "../../../normalizer/model/dates.ts";
import type { OrganisationId, RunId } from "../../../normalizer/model/ids.ts";
import { readRunSummary } from "../../../normalizer/store/run-summary.ts";
import { correctionOf, monthOfSendings } from "../../head-end/month.ts";
import type { Destination } from "../../head-end/sender.ts";
import { lateReadings } from "../../supplier/month-readings.ts";
import { computeMonth } from "./billing.ts";
import type { Stage } from "./month.ts";
import { headEndMonth, mustUpload, sendNextMonth, sendReadings } from "./month.ts";
import { rubles } from "./summary.ts";

/** A document under way ends in seconds. */
const CLOSE_WAIT_MS = 60_000;

/** Closes the month; from here on its lines are never touched again. */
export async function closeMonth({ database, plan, say }: Stage): Promise<void> {
  const closed = await closePeriod(database, {
    organisation: plan.organisation as OrganisationId,
    period: plan.period,
    author: "klerk",
    waitMs: CLOSE_WAIT_MS,
    onProgress: () => undefined,
  });
  say(
    `период ${formatMonth(plan.period)} закрыт: задолженность ${rubles(closed.debtKopecks)}, ` +
      `сальдо ${rubles(closed.balanceKopecks)}`,
  );
}

/**
 * After the closing: a forgotten reading, a controller's reading that contradicts, a corrected half-hour. The next
 * month is computed and left open for the clerk: it holds the differences of the closed one.
 *
 * @returns the run of the next month
 */
export async function playLateFacts(stage: Stage, controllers: Destination): Promise<RunId> {
  const { plan, hub, database, say } = stage;
  const late = [...lateReadings(plan)];
  const bySource = (wanted: string) => late.filter(({ source }) => source === wanted);
  await sendReadings(stage.readings, "pokazaniya_pozdnie.csv", bySource("PORTAL"));
  await sendReadings(controllers, "kontrolery.csv", bySource("CONTROLLER"));
  await sendLateCorrection(stage);
  await sendNextMonth(stage);
  await hub.settle();
  say(`после закрытия: показаний ${late.length}, исправление файла 80020; февраль одним архивом`);
  const organisation = plan.organisation as OrganisationId;
  const run = await computeMonth(database, {
    organisation,
    period: addMonths(plan.period, 1),
    say,
  });
  const { byKind } = await readRunSummary(database, run);
  const corrections = byKind.filter(({ correction }) => correction);
  const lines = corrections.reduce((sum, each) => sum + each.lines, 0);
  const kopecks = corrections.reduce((sum, each) => sum + each.amountKopecks, 0);
  say(
    `в новом месяце перерасчёт за ${formatMonth(plan.period)}: строк ${lines}, ${rubles(kopecks)}; ` +
      "расчёт оставлен неутверждённым",
  );
  return run;
}

async function sendLateCorrection({ plan, askue }: Stage): Promise<void> {
  const month = headEndMonth(plan);
  const sendings = monthOfSendings(month);
  const last = sendings.at(-1);
  if (last === undefined) return;
  // Another draw of the profile: what the meter really counted on that day.
  const other = { ...month, seed: month.seed + 1 };
  const { name, bytes } = correctionOf(other, last.day, month.firstNumber + 1_000, last.sentOn);
  await mustUpload(askue, name, bytes);
}
