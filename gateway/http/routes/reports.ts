import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { formatMonth } from "../../../normalizer/model/dates.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { REPORT_ROLES } from "../../access/roles.ts";
import { BYTE_ORDER_MARK, csvHeader, csvRow, withLabel } from "../../reports/csv.ts";
import { readBeginning, readReport } from "../../reports/read.ts";
import { maskedHolder, type Report, type ReportQuery } from "../../reports/report.ts";
import { REPORTS } from "../../reports/reports.ts";
import { signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { monthOfQuery } from "../place.ts";
import { MonthQuery, Refusal } from "../schemas/common.ts";
import { ReportCsv, ReportOfMonth, ReportParams, Reports } from "../schemas/reports.ts";
import type { Routes } from "./routes.ts";

/** What a person looks through; whoever needs more takes the CSV. */
const ROWS_MAX = 500;

/** Reports of a month, of what the signed-in person may see; a person's name is masked. */
export function reportRoutes({ database }: ServerOptions): Routes {
  const config = { access: { kind: "session", roles: REPORT_ROLES } } as const;
  const tags = ["reports"];
  return async (server) => {
    server.get(
      "/api/reports",
      {
        config,
        schema: {
          summary: "Какие есть отчёты и их графы",
          tags,
          response: { 200: Reports, "4xx": Refusal },
        },
      },
      () => ({
        reports: REPORTS.map(({ name, title, columns }) => ({
          ...{ name, title },
          columns: columns.map((column) => ({ ...column })),
        })),
      }),
    );
    server.get(
      "/api/reports/:name",
      {
        config,
        schema: {
          summary: "Отчёт за месяц, первые строки",
          tags,
          params: ReportParams,
          querystring: MonthQuery,
          response: { 200: ReportOfMonth, "4xx": Refusal },
        },
      },
      async (request) => {
        const report = reportOf(request.params.name);
        const query = queryOf(request, request.query.month);
        const { rows, truncated, totals } = await readBeginning(database, report, query, ROWS_MAX);
        return {
          rows: rows.map((row) => [...row]),
          truncated,
          totals: totals === null ? null : [...totals],
        };
      },
    );
    server.get(
      "/api/reports/:name/csv",
      {
        config,
        schema: {
          summary: "Отчёт за месяц целиком, CSV",
          tags,
          params: ReportParams,
          querystring: MonthQuery,
          response: { 200: ReportCsv, "4xx": Refusal },
        },
      },
      async (request, reply) => {
        const report = reportOf(request.params.name);
        const query = queryOf(request, request.query.month);
        const file = `${report.name}-${formatMonth(query.period)}.csv`;
        reply.type("text/csv; charset=utf-8");
        reply.header("content-disposition", `attachment; filename="${file}"`);
        return csvStream(database, report, query);
      },
    );
  };
}

function reportOf(name: string): Report {
  const report = REPORTS.find((known) => known.name === name);
  if (report === undefined) throw new ApiError("NOT_FOUND", { object: `Отчёт ${name}` });
  return report;
}

function queryOf(request: FastifyRequest, month: string): ReportQuery {
  const { scope } = signedInOf(request);
  return { scope, period: monthOfQuery(month), holderText: maskedHolder };
}

/**
 * The CSV as it is read. The reading waits for a slow receiver and ends with one who has gone; a
 * fault of the reading breaks the connection, so that half a report never looks like a whole one.
 */
function csvStream(database: Database, report: Report, query: ReportQuery): Readable {
  const stream = new PassThrough();
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  const write = async (text: string): Promise<void> => {
    gone.signal.throwIfAborted();
    if (!stream.write(text)) await once(stream, "drain", { signal: gone.signal });
  };
  const writeAll = async (): Promise<void> => {
    await write(BYTE_ORDER_MARK + csvHeader(report));
    const totals = await readReport(database, report, query, (rows) =>
      write(rows.map((row) => csvRow(report, row)).join("")),
    );
    await write(csvRow(report, withLabel(totals)));
    stream.end();
  };
  writeAll().catch((error: Error) => stream.destroy(error));
  return stream;
}
