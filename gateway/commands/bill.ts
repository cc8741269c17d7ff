import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Month } from "../../normalizer/model/dates.ts";
import { formatMonth, parseMonth } from "../../normalizer/model/dates.ts";
import type { LineKind } from "../../normalizer/model/lines.ts";
import { definitionOf } from "../../normalizer/model/problem-catalogue.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { approve, discard } from "../../normalizer/store/results.ts";
import { isPaused } from "../../normalizer/store/run-control.ts";
import { OUTLIER_REASONS, readRunCheck } from "../../normalizer/store/run-outliers.ts";
import type { RunSummary } from "../../normalizer/store/run-summary.ts";
import { readRunSummary } from "../../normalizer/store/run-summary.ts";
import type { Run } from "../../normalizer/store/runs.ts";
import { countAccounts, readProgress, readRuns } from "../../normalizer/store/runs.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK, UsageError } from "../command.ts";
import { OUTLIER_NAMES } from "../http/names.ts";
import { checkComplete } from "../runs/check.ts";
import { ACCOUNTS_OF_CHUNK, openRun } from "../runs/create.ts";
import { workInThreads } from "../runs/threads.ts";
import type { Progress } from "../runs/work.ts";
import { workOn } from "../runs/work.ts";
import { givenScope } from "./given-scope.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";
import { formatKwh, formatRoubles } from "./texts.ts";

/** Above it the time of starting threads pays. */
const ACCOUNTS_OF_THREADS = 10_000;

/** Month of `--period` or `--month`. */
export function givenMonth(text: string | undefined, option: string): Month {
  const month = text === undefined ? null : parseMonth(text);
  if (month === null) throw new UsageError(`Нужен ${option} ГГГГ-ММ`);
  return month;
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...STORE_OPTIONS,
      period: { type: "string" },
      author: { type: "string" },
      scope: { type: "string" },
      approve: { type: "boolean" },
      discard: { type: "boolean" },
      chunk: { type: "string" },
      workers: { type: "string" },
    },
  });
  const period = givenMonth(values.period, "--period");
  const workers = count(values.workers, "--workers", availableParallelism());
  const accountsMax = count(values.chunk, "--chunk", ACCOUNTS_OF_CHUNK);
  const author = values.author ?? context.environment["USER"] ?? "hub bill";
  if (values.approve === true && values.discard === true) {
    throw new UsageError("--approve и --discard вместе не бывают");
  }
  return withStore(context, values, "bill", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const earlier = await readRuns(store.hub, organisation, period);
    if (values.discard === true) return discardOpen(store.hub, earlier, author, context);
    const scope = await givenScope(store.hub, organisation, values.scope);
    const found = await openRun(store.hub, { organisation, period, author, accountsMax, scope });
    if (await isPaused(store.hub, found.run)) {
      context.note(
        `Расчёт ${found.run} приостановлен и ждёт. Продолжить: консоль, «Расчёты», «Продолжить»`,
      );
    }
    const accounts = await countAccounts(store.hub, organisation);
    const work = accounts > ACCOUNTS_OF_THREADS ? workInThreads : workOn;
    const complete = await work(store.hub, found.run, {
      workers,
      hubUrl: store.hubUrl,
      signal: context.signal,
      onProgress: everySecond((progress) => context.note(progressText(progress))),
    });
    if (!complete) {
      context.note(`Остановлено. Продолжить: hub bill --period ${formatMonth(period)}`);
      return EXIT_FAILED;
    }
    const posted = earlier.some(({ state }) => state === "APPROVED");
    if (posted && (await readProgress(store.hub, found.run)).lines === 0) {
      await discard(store.hub, found.run, author);
      context.out(`За ${formatMonth(period)} больше начислять нечего.`);
      return EXIT_OK;
    }
    await checkComplete(store.hub, found.run);
    if (values.approve === true) await approve(store.hub, found.run, author);
    await report(store.hub, found, values.approve === true, values.json === true, context);
    return EXIT_OK;
  });
}

async function discardOpen(
  database: Database,
  runs: readonly Run[],
  author: string,
  context: CommandContext,
): Promise<number> {
  const open = runs.find(({ state }) => state === "OPEN");
  if (open === undefined) {
    context.note("Нет неутверждённого расчёта.");
    return EXIT_FAILED;
  }
  await discard(database, open.run, author);
  context.out(`Расчёт ${open.run} отменён.`);
  return EXIT_OK;
}

function count(text: string | undefined, option: string, byDefault: number): number {
  if (text === undefined) return byDefault;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`${option}: целое число от 1`);
  return Number(text);
}

const NOTE_EVERY_MS = 1_000;

/** The first call, the last chunk, and between them one call a second. */
function everySecond(report: (progress: Progress) => void): (progress: Progress) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < NOTE_EVERY_MS && progress.chunksDone < progress.chunks) return;
    lastMs = nowMs;
    report(progress);
  };
}

export function progressText(progress: Progress): string {
  const { chunks, chunksDone, accounts, remainingMs } = progress;
  const rest = remainingMs === null ? "" : `, осталось ${Math.ceil(remainingMs / 1000)} с`;
  return `расчёт: ${chunksDone} из ${chunks} частей, ${accounts} счетов${rest}`;
}

async function report(
  database: Database,
  { run: id, period }: Run,
  approved: boolean,
  json: boolean,
  context: CommandContext,
): Promise<void> {
  const summary = await readRunSummary(database, id);
  const state = approved ? "APPROVED" : "OPEN";
  const outliers = (await readRunCheck(database, id))?.outliers ?? {};
  if (json) {
    const about = { run: id, period: formatMonth(period), state };
    context.out(JSON.stringify({ ...about, ...summary, outliers }));
    return;
  }
  for (const text of summaryTexts(summary)) context.out(text);
  for (const reason of OUTLIER_REASONS) {
    const accounts = outliers[reason];
    if (accounts === undefined) continue;
    context.out(`Взгляните: ${OUTLIER_NAMES[reason]} — счетов ${accounts} (консоль, «Расчёты»)`);
  }
  context.out(
    approved
      ? `Расчёт ${id} за ${formatMonth(period)} утверждён.`
      : `Расчёт ${id} готов. Утвердить: hub bill --period ${formatMonth(period)} --approve`,
  );
}

const KIND_TEXTS: Readonly<Partial<Record<LineKind, string>>> = {
  METER: "по прибору",
  METER_DELTA: "по прибору, разница",
  AVERAGE: "по среднему",
  NORM: "по нормативу",
  KPOV: "повышающий коэффициент",
  ENERGY: "энергия юридических лиц",
};

function summaryTexts(summary: RunSummary): readonly string[] {
  const texts = [
    `Начислено ${formatRoubles(summary.amountKopecks)} по ${summary.accounts} счетам, ` +
      `строк ${summary.lines}, в том числе перерасчёты ${formatRoubles(summary.correctionKopecks)}`,
  ];
  for (const { kind, correction, lines, volume, amountKopecks } of summary.byKind) {
    const name = `${KIND_TEXTS[kind] ?? kind}${correction ? " (перерасчёт)" : ""}`;
    texts.push(`  ${name}: строк ${lines}, ${formatKwh(volume)}, ${formatRoubles(amountKopecks)}`);
  }
  if (summary.problems.length > 0) texts.push("Не начислено:");
  for (const { code, accounts, examples } of summary.problems) {
    texts.push(`  ${code}: счетов ${accounts}. ${definitionOf(code).remedy}`);
    for (const { object, at, values } of examples) {
      texts.push(`    ${object}: ${problemText({ code, values })} (${at})`);
    }
  }
  return texts;
}

export const command: Command = {
  name: "bill",
  summary: "Начислить за месяц, показать итоги, утвердить или отменить",
  usage: `--period ГГГГ-ММ [--scope КОГО] [--approve | --discard]
  --scope КОГО        district:РАЙОН, site:ДОМ, account:ЛС, private, mkd, communal, separate; без него — всех
  --approve           утвердить законченный расчёт: строки войдут в баланс
  --discard           отменить незаконченный или неутверждённый расчёт
  --author КТО        имя для журнала
  --chunk N           счетов в одной части (${ACCOUNTS_OF_CHUNK})
  --workers N         одновременных частей
${STORE_USAGE}`,
  run,
};
