import type { FastifyRequest } from "fastify";
import { formatMonth } from "../../../normalizer/model/dates.ts";
import type { RunId } from "../../../normalizer/model/ids.ts";
import { definitionOf } from "../../../normalizer/model/problem-catalogue.ts";
import { problemText } from "../../../normalizer/model/problem-text.ts";
import { addAudit } from "../../../normalizer/store/access.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { approve, discard } from "../../../normalizer/store/results.ts";
import { setWanted } from "../../../normalizer/store/run-control.ts";
import { readOutliers, readRunCheck } from "../../../normalizer/store/run-outliers.ts";
import { scopeText } from "../../../normalizer/store/run-scope.ts";
import { problemsOfRun } from "../../../normalizer/store/run-summary.ts";
import type { RunTotal } from "../../../normalizer/store/run-totals.ts";
import { readRunTotals } from "../../../normalizer/store/run-totals.ts";
import type { ListedRun, Run } from "../../../normalizer/store/runs.ts";
import { findRun, listRuns, readPace } from "../../../normalizer/store/runs.ts";
import { StoreError } from "../../../normalizer/store/store-error.ts";
import { RUN_APPROVAL_ROLES, RUN_ROLES } from "../../access/roles.ts";
import { ACCOUNTS_OF_CHUNK, startRun } from "../../runs/create.ts";
import { scopeOfText } from "../../runs/scope-of-text.ts";
import { actorOf, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { monthOfQuery } from "../place.ts";
import { Refusal } from "../schemas/common.ts";
import { RunAnswer, RunDetails, RunParams, RunStartBody, Runs } from "../schemas/runs.ts";
import type { Routes } from "./routes.ts";

const RUNS_MAX = 60;

/** Steps that a person takes with a run: who may, and what it does. */
const STEPS = [
  {
    ...{ path: "pause", action: "RUN_PAUSED", summary: "Приостановить расчёт", roles: RUN_ROLES },
    step: (database: Database, { run }: Run, login: string) =>
      setWanted(database, run, "PAUSE", login),
  },
  {
    ...{ path: "resume", action: "RUN_RESUMED", summary: "Продолжить расчёт", roles: RUN_ROLES },
    step: (database: Database, { run }: Run, login: string) =>
      setWanted(database, run, "WORK", login),
  },
  {
    ...{ path: "discard", action: "RUN_DISCARDED", summary: "Отменить расчёт", roles: RUN_ROLES },
    step: (database: Database, { run }: Run, login: string) => discard(database, run, login),
  },
  {
    ...{ path: "approve", action: "RUN_APPROVED", summary: "Утвердить расчёт" },
    roles: RUN_APPROVAL_ROLES,
    step: approveChecked,
  },
] as const;

/** Billing runs: start, watch, pause, look at what they say beside the month before, post or discard. */
export function runRoutes({ database }: ServerOptions): Routes {
  const config = { access: { kind: "session", roles: RUN_ROLES } } as const;
  const tags = ["runs"];
  return async (server) => {
    server.get(
      "/api/runs",
      {
        config,
        schema: {
          ...{ summary: "Расчёты, новые сверху", tags },
          response: { 200: Runs, "4xx": Refusal },
        },
      },
      async (request) => {
        const { organisation } = wholeOrganisation(request);
        return { runs: (await listRuns(database, organisation, RUNS_MAX)).map(rowOf) };
      },
    );
    server.get(
      "/api/runs/:run",
      {
        config,
        schema: {
          ...{ summary: "Расчёт: ход, итоги рядом с прошлым месяцем, на что взглянуть", tags },
          params: RunParams,
          response: { 200: RunDetails, "4xx": Refusal },
        },
      },
      async (request) => detailsOf(database, request, request.params.run as RunId),
    );
    server.post(
      "/api/runs",
      {
        config,
        schema: {
          ...{ summary: "Начать расчёт месяца", tags, body: RunStartBody },
          response: { 200: RunAnswer, "4xx": Refusal },
        },
      },
      async (request) => {
        const { organisation, login } = wholeOrganisation(request);
        const period = monthOfQuery(request.body.month);
        const scope = await scopeOfText(database, organisation, request.body.scope);
        if (!scope.ok) throw new ApiError("REQUEST_INVALID", { detail: scope.problem });
        const asked = { organisation, period, author: login, scope: scope.value };
        const { run } = await refusable(() =>
          startRun(database, { ...asked, accountsMax: ACCOUNTS_OF_CHUNK }),
        );
        await setWanted(database, run, "WORK", login);
        await addAudit(database, actorOf(request), {
          ...{ action: "RUN_STARTED", object: `run:${run}`, oldValue: null },
          newValue: request.body,
        });
        return { run };
      },
    );
    for (const { path, action, summary, roles, step } of STEPS) {
      server.post(
        `/api/runs/:run/${path}`,
        {
          config: { access: { kind: "session", roles } },
          schema: {
            ...{ summary, tags, params: RunParams },
            response: { 200: RunAnswer, "4xx": Refusal },
          },
        },
        async (request) => {
          const { login } = wholeOrganisation(request);
          const run = await ownRun(database, request, request.params.run as RunId);
          await refusable(() => step(database, run, login));
          await addAudit(database, actorOf(request), {
            ...{ action, object: `run:${run.run}`, oldValue: run.state, newValue: null },
          });
          return { run: run.run };
        },
      );
    }
  };
}

/** A run is of the whole organisation: who sees some districts of it neither starts nor reads one. */
function wholeOrganisation(request: FastifyRequest) {
  const user = signedInOf(request);
  if (user.scope.districts !== null) throw new ApiError("OUT_OF_SCOPE", { object: "Расчёт" });
  return user;
}

/** What the store refuses in words for people is no defect of ours. */
async function refusable<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError) throw new ApiError("RUN_REFUSED", { detail: error.message });
    throw error;
  }
}

async function ownRun(database: Database, request: FastifyRequest, id: RunId): Promise<ListedRun> {
  const { organisation } = wholeOrganisation(request);
  const run = await findRun(database, organisation, id);
  if (run === null) throw new ApiError("NOT_FOUND", { object: `Расчёт ${id}` });
  return run;
}

/** Four eyes, and only what was compared with the month before. */
async function approveChecked(database: Database, run: Run, login: string): Promise<void> {
  if (run.author === login) throw new ApiError("SECOND_PERSON_REQUIRED", {});
  if ((await readRunCheck(database, run.run)) === null) {
    throw new ApiError("RUN_REFUSED", { detail: `Расчёт ${run.run} ещё не закончен.` });
  }
  await approve(database, run.run, login);
}

async function detailsOf(database: Database, request: FastifyRequest, id: RunId) {
  const { scope } = wholeOrganisation(request);
  const run = await ownRun(database, request, id);
  const check = await readRunCheck(database, id);
  const now = await readRunTotals(database, scope, [id]);
  const before = check === null ? [] : await readRunTotals(database, scope, check.previous);
  const { workers, remainingMs } = await readPace(database, id);
  const problems = await problemsOfRun(database, id);
  return {
    run: rowOf(run),
    remainingMs: run.state === "OPEN" ? remainingMs : null,
    workers: workers.map((worker) => ({ ...worker })),
    totals: totalsOf(now, before),
    check:
      check === null
        ? null
        : {
            counts: Object.entries(check.outliers).map(([reason, accounts]) => ({
              ...{ reason: reason as keyof typeof check.outliers, accounts },
            })),
            outliers: (await readOutliers(database, scope, id)).map((outlier) => ({
              ...{ account: outlier.number, address: outlier.address, district: outlier.district },
              ...{ reason: outlier.reason, amount: outlier.amountKopecks },
              ...{ before: outlier.beforeKopecks, correction: outlier.correctionKopecks },
            })),
          },
    problems: problems.map(({ code, accounts, examples }) => ({
      ...{ code, accounts, remedy: definitionOf(code).remedy },
      examples: examples.map(({ object, at, values }) => ({
        ...{ object, at, text: problemText({ code, values }) },
      })),
    })),
  };
}

const NOTHING = { accounts: 0, lines: 0, volume: 0, amount: 0 };

/** Both months side by side; what only one of them has stands beside zeros. */
function totalsOf(now: readonly RunTotal[], before: readonly RunTotal[]) {
  const keyOf = ({ district, kind, correction }: RunTotal) => `${district}/${kind}/${correction}`;
  const sumsOf = ({ accounts, lines, volume, amountKopecks }: RunTotal) => ({
    ...{ accounts, lines, volume, amount: amountKopecks },
  });
  const earlier = new Map(before.map((total) => [keyOf(total), total]));
  const current = new Set(now.map(keyOf));
  const rows = [...now, ...before.filter((total) => !current.has(keyOf(total)))];
  return rows.map((total) => {
    const known = earlier.get(keyOf(total));
    const { district, kind, correction } = total;
    return {
      ...{ district, kind, correction },
      now: current.has(keyOf(total)) ? sumsOf(total) : NOTHING,
      before: known === undefined ? NOTHING : sumsOf(known),
    };
  });
}

function rowOf(run: ListedRun) {
  const { chunks, chunksDone, accounts, lines } = run.progress;
  return {
    ...{ run: run.run, month: formatMonth(run.period), scope: scopeText(run.scope) },
    ...{ author: run.author, state: run.state, wanted: run.wanted },
    ...{ chunks, chunksDone, accounts, lines },
  };
}
