import { formatDay } from "../../../normalizer/model/dates.ts";
import type { Origin } from "../../../normalizer/model/ids.ts";
import type { StoredHeldReading } from "../../../normalizer/model/reading-facts.ts";
import type { ReadingDecision } from "../../../normalizer/model/records.ts";
import { addAudit } from "../../../normalizer/store/access.ts";
import type { HeldList } from "../../../normalizer/store/held-readings.ts";
import {
  countHeldReadings,
  listHeldReadings,
  seesHeldReading,
} from "../../../normalizer/store/held-readings.ts";
import { READING_CONTROL_ROLES } from "../../access/roles.ts";
import { decideHeld } from "../../intake/reading-desk.ts";
import { actorOf, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { problemAnswer } from "../problem-answer.ts";
import { Refusal } from "../schemas/common.ts";
import {
  DecideBody,
  DecidedReading,
  HeldQuery,
  HeldReadings,
  ReadingPlaceParams,
} from "../schemas/readings.ts";
import type { Routes } from "./routes.ts";

const PAGE_ROWS = 50;

const LISTS = [
  { path: "held", list: "held", summary: "Показания, которые ждут подтверждения" },
  { path: "rejected", list: "refused", summary: "Отклонённые показания с причиной" },
] as const satisfies readonly {
  readonly path: string;
  readonly list: HeldList;
  readonly summary: string;
}[];

const DECISIONS = [
  { path: "confirm", decision: "CONFIRMED", summary: "Подтвердить показание" },
  { path: "refuse", decision: "REFUSED", summary: "Отклонить показание" },
] as const satisfies readonly {
  readonly path: string;
  readonly decision: ReadingDecision;
  readonly summary: string;
}[];

/** What reading control did not let in, and a person's word about it. */
export function readingRoutes({ database }: ServerOptions): Routes {
  const config = { access: { kind: "session", roles: READING_CONTROL_ROLES } } as const;
  const tags = ["readings"];
  return async (server) => {
    for (const { path, list, summary } of LISTS) {
      server.get(
        `/api/readings/${path}`,
        {
          config,
          schema: {
            ...{ summary, tags, querystring: HeldQuery },
            response: { 200: HeldReadings, "4xx": Refusal },
          },
        },
        async (request) => {
          const { scope } = signedInOf(request);
          const before = placeOfCursor(request.query.cursor);
          const rows = await listHeldReadings(database, scope, list, before, PAGE_ROWS + 1);
          const page = rows.slice(0, PAGE_ROWS);
          const last = rows.length > PAGE_ROWS ? page.at(-1) : undefined;
          return {
            readings: page.map(readingAnswer),
            next: last === undefined ? null : `${last.message}:${last.at}`,
            held: await countHeldReadings(database, scope, "held"),
            refused: await countHeldReadings(database, scope, "refused"),
          };
        },
      );
    }
    for (const { path, decision, summary } of DECISIONS) {
      server.post(
        `/api/readings/:message/:at/${path}`,
        {
          config,
          schema: {
            ...{ summary, tags, params: ReadingPlaceParams, body: DecideBody },
            response: { 200: DecidedReading, "4xx": Refusal },
          },
        },
        async (request) => {
          const user = signedInOf(request);
          const { params, body } = request;
          const object = `Показание ${params.message}:${params.at}`;
          // What is of another organisation or district does not exist for who asks.
          if (!(await seesHeldReading(database, user.scope, params as Origin))) {
            throw new ApiError("NOT_FOUND", { object });
          }
          const { isTaken, message, problems } = await decideHeld(database, {
            organisation: user.organisation,
            reading: params,
            ...{ decision, ground: body.ground, author: user.login },
            receivedAtMs: Date.now(),
          });
          await addAudit(database, actorOf(request), {
            action: isTaken ? `READING_${decision}` : "READING_DECISION_REFUSED",
            object: `reading:${params.message}:${params.at}`,
            oldValue: null,
            newValue: { ...body, decision, message: message.message },
          });
          return {
            message: message.message,
            accepted: isTaken,
            problems: problems.map(({ code, at, object: about = null, values = null }) =>
              problemAnswer({ code, at, object: about, details: values }),
            ),
          };
        },
      );
    }
  };
}

function placeOfCursor(cursor: string | undefined): Origin | null {
  if (cursor === undefined) return null;
  const [message, at] = cursor.split(":").map(Number);
  return { message, at } as Origin;
}

function readingAnswer(reading: StoredHeldReading) {
  const { message, at, readOn, source, priority, previous, code, details, decision } = reading;
  return {
    ...{ message, at, source, priority },
    account: reading.accountNumber,
    meter: reading.serial,
    readOn: formatDay(readOn),
    given: [...reading.typed],
    previous:
      previous === null
        ? null
        : { readOn: formatDay(previous.readOn), values: [...previous.values] },
    volume: reading.volume,
    expected: reading.expected,
    problem: problemAnswer({ code, at: String(at), object: null, details }),
    decision:
      decision === null
        ? null
        : { kind: decision.kind, author: decision.author, ground: decision.ground },
  };
}
