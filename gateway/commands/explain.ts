import { formatDay, formatMonth } from "../../normalizer/model/dates.ts";
import type { PostedLine, TraceStep } from "../../normalizer/model/lines.ts";
import { formatScaled, PRICE_SCALE } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../command.ts";
import type { Explanation } from "../explain.ts";
import { explainMonth } from "../explain.ts";
import type { ExplainedLine } from "../http/explain.ts";
import type { SourceBytes } from "../source-bytes.ts";
import { readSource } from "../source-bytes.ts";
import { withAccountMonth } from "./given-account.ts";
import { STORE_USAGE } from "./given-store.ts";
import { formatKwh, formatRoubles } from "./texts.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  return withAccountMonth(args, context, "explain", "month", async (given) => {
    const { store, scope, place, month, json } = given;
    const explanation = await explainMonth(store.hub, place, month);
    if (explanation.lines.length === 0 && explanation.notStored.length === 0) {
      context.note(`По счёту ${place.number} за ${formatMonth(month)} ничего не начислено.`);
      return EXIT_FAILED;
    }
    const sources = await sourcesOf(store.hub, scope, explanation);
    if (json) {
      context.out(JSON.stringify(asJson(place.number, explanation, sources)));
    } else {
      print(place.number, explanation, sources, context);
    }
    return isEqual(explanation) ? EXIT_OK : EXIT_FAILED;
  });
}

function isEqual({ lines, notStored }: Explanation): boolean {
  return notStored.length === 0 && lines.every(({ equal }) => equal);
}

type Sources = ReadonlyMap<string, SourceBytes | null>;

async function sourcesOf(
  database: Database,
  scope: Scope,
  { lines, shared }: Explanation,
): Promise<Sources> {
  const found = new Map<string, SourceBytes | null>();
  for (const step of [...shared, ...lines.flatMap(({ steps }) => steps)]) {
    for (const { origin } of step.sources ?? []) {
      const key = `${origin.message}:${origin.at}`;
      if (!found.has(key)) found.set(key, await readSource(database, scope, origin));
    }
  }
  return found;
}

function print(
  number: string,
  { lines, shared, notStored }: Explanation,
  sources: Sources,
  context: CommandContext,
): void {
  const total = lines.reduce((sum, { line }) => sum + line.amount, 0);
  context.out(`Лицевой счёт ${number}: ${formatRoubles(total)}, строк: ${lines.length}`);
  for (const step of shared) for (const text of stepTexts(step, sources)) context.out(text);
  for (const explained of lines) {
    context.out(`\n${lineText(explained.line)}`);
    for (const step of explained.steps) {
      for (const text of stepTexts(step, sources)) context.out(text);
    }
    context.out(`  ${comparisonText(explained)}`);
  }
  for (const line of notStored) {
    context.out(`\nПовторный расчёт даёт ещё строку: ${line.kind} ${formatRoubles(line.amount)}`);
  }
}

function lineText(line: PostedLine): string {
  const price =
    line.price === null
      ? ""
      : ` × ${formatScaled(line.price, PRICE_SCALE).replace(".", ",")} ₽/кВт·ч`;
  const correction =
    line.origin === line.period ? "" : `, перерасчёт за ${formatMonth(line.origin)}`;
  return (
    `Строка ${line.ordinal} (${line.kind}, ${line.zone}${correction}): ` +
    `${formatKwh(line.volume)}${price} = ${formatRoubles(line.amount)}; ` +
    `расчёт ${line.run}, правило ${line.rule}@${line.ruleVersion}` +
    (line.tariffFrom === null ? "" : `, тариф с ${formatDay(line.tariffFrom)}`)
  );
}

function stepTexts(step: TraceStep, sources: Sources): readonly string[] {
  const texts = [
    `  ${step.text}: ${step.formula} = ${step.result}`,
    ...(step.rounding === undefined ? [] : [`    округление: ${step.rounding}`]),
    `    основание: ${step.clause}`,
  ];
  for (const { text, origin } of step.sources ?? []) {
    const source = sources.get(`${origin.message}:${origin.at}`) ?? null;
    const unit = source?.unit === "byte" ? "байт" : "строка";
    texts.push(`    источник: ${text} — сообщение ${origin.message}, ${unit} ${origin.at}`);
    texts.push(
      source === null
        ? "      байты больше не хранятся"
        : `      «${source.name}»: ${source.text.replaceAll("\n", "\n        ")}\n` +
            `      ${source.hex.join(" ")}`,
    );
  }
  return texts;
}

function comparisonText({ equal }: ExplainedLine): string {
  return equal
    ? "сверка: повторный расчёт равен сохранённой строке"
    : "СВЕРКА НЕ СОШЛАСЬ: повторный расчёт даёт другую строку — сохранённые данные изменены";
}

function asJson(number: string, { lines, shared, notStored }: Explanation, sources: Sources) {
  const stepJson = (step: TraceStep) => ({
    ...step,
    sources: (step.sources ?? []).map(({ text, origin }) => ({
      text,
      ...origin,
      bytes: sources.get(`${origin.message}:${origin.at}`) ?? null,
    })),
  });
  const lineJson = (line: PostedLine) => ({
    ...line,
    origin: formatMonth(line.origin),
    period: formatMonth(line.period),
    tariffFrom: line.tariffFrom === null ? null : formatDay(line.tariffFrom),
  });
  return {
    account: number,
    shared: shared.map(stepJson),
    lines: lines.map(({ line, steps, equal }) => ({
      line: lineJson(line),
      steps: steps.map(stepJson),
      equal,
    })),
    notStored,
  };
}

export const command: Command = {
  name: "explain",
  summary: "Объяснить начисление до байтов сообщения и сверить повторным расчётом",
  usage: `ЛИЦЕВОЙ_СЧЁТ --month ГГГГ-ММ\n${STORE_USAGE}`,
  run,
};
