import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { parseArgs } from "node:util";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_OK, UsageError } from "../command.ts";
import { BYTE_ORDER_MARK, cellText, csvHeader, csvRow, withLabel } from "../reports/csv.ts";
import { readReport } from "../reports/read.ts";
import { type Cell, fullHolder, type Report, type ReportQuery } from "../reports/report.ts";
import { REPORTS } from "../reports/reports.ts";
import { givenMonth } from "./bill.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...STORE_OPTIONS,
      month: { type: "string" },
      district: { type: "string", multiple: true },
      csv: { type: "string" },
    },
  });
  const report = givenReport(positionals);
  const month = givenMonth(values.month, "--month");
  return withStore(context, values, "report", async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const scope = { organisation, districts: values.district ?? null };
    const query: ReportQuery = { scope, period: month, holderText: fullHolder };
    if (values.csv !== undefined) {
      const rows = await writeCsv(values.csv, report, (take) =>
        readReport(store.hub, report, query, take),
      );
      context.note(`${values.csv}: строк ${rows}`);
      return EXIT_OK;
    }
    const all: (readonly Cell[])[] = [];
    const totals = await readReport(store.hub, report, query, (rows) => {
      for (const row of rows) all.push(row);
    });
    if (values.json === true) context.out(JSON.stringify(asJson(report, all, totals)));
    else for (const line of tableLines(report, all, totals)) context.out(line);
    return EXIT_OK;
  });
}

function givenReport([name, ...rest]: readonly string[]): Report {
  const report = REPORTS.find((candidate) => candidate.name === name);
  if (report === undefined || rest.length > 0) {
    throw new UsageError(`Нужен один отчёт: ${REPORTS.map((known) => known.name).join(", ")}`);
  }
  return report;
}

type Take = (rows: readonly (readonly Cell[])[]) => Promise<void>;

async function writeCsv(
  path: string,
  report: Report,
  read: (take: Take) => Promise<readonly Cell[]>,
): Promise<number> {
  const file = createWriteStream(path);
  let count = 0;
  const write = async (text: string) => {
    if (!file.write(text)) await once(file, "drain");
  };
  await write(BYTE_ORDER_MARK + csvHeader(report));
  const totals = await read(async (rows) => {
    count += rows.length;
    await write(rows.map((row) => csvRow(report, row)).join(""));
  });
  await write(csvRow(report, withLabel(totals)));
  file.end();
  await once(file, "finish");
  return count;
}

function asJson(report: Report, rows: readonly (readonly Cell[])[], totals: readonly Cell[]) {
  const named = (row: readonly Cell[]) =>
    Object.fromEntries(report.columns.map(({ key }, place) => [key, row[place] ?? null]));
  return { report: report.name, title: report.title, rows: rows.map(named), totals: named(totals) };
}

function tableLines(
  report: Report,
  rows: readonly (readonly Cell[])[],
  totals: readonly Cell[],
): readonly string[] {
  const { columns } = report;
  const texts = [...rows, withLabel(totals)].map((row) =>
    columns.map((column, place) => {
      const cell = row[place] ?? "";
      return typeof cell === "number" ? cellText(column, cell) : cell;
    }),
  );
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, place) =>
    Math.max(title.length, ...texts.map((row) => row[place]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, place) =>
        columns[place]?.unit === "text"
          ? cell.padEnd(widths[place] ?? 0)
          : cell.padStart(widths[place] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [report.title, "", line(titles), ...texts.map(line)];
}

export const command: Command = {
  name: "report",
  summary: "Отчёт за месяц: ОСВ, должники, небаланс ОДН, реестр льгот; таблицей, в CSV или JSON",
  usage: `${REPORTS.map(({ name }) => name).join("|")} --month ГГГГ-ММ [--district РАЙОН]… [--csv ФАЙЛ]
${STORE_USAGE}`,
  run,
};
