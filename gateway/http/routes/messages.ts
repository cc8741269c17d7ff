import { Type } from "typebox";
import type { Origin } from "../../../normalizer/model/ids.ts";
import { PROBLEM_CATALOGUE } from "../../../normalizer/model/problem-catalogue.ts";
import { addAudit } from "../../../normalizer/store/access.ts";
import { placeOf } from "../../../normalizer/store/account-place.ts";
import { seesHeldReading } from "../../../normalizer/store/held-readings.ts";
import type { MessageHead } from "../../../normalizer/store/message-page.ts";
import {
  findMessage,
  listMessages,
  originIsOf,
  partsFrom,
  problemsOf,
} from "../../../normalizer/store/message-page.ts";
import { EVERY_ROLE, EXCHANGE_ROLES, REVEAL_ROLES } from "../../access/roles.ts";
import type { SignedIn } from "../../access/sessions.ts";
import { actorOf, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ExcerptWindow } from "../excerpt.ts";
import { encodingOf, excerptOf, unitOf } from "../excerpt.ts";
import type { ServerOptions } from "../options.ts";
import { refusePlace } from "../place.ts";
import { problemAnswer } from "../problem-answer.ts";
import { Refusal } from "../schemas/common.ts";
import type { ExcerptAnswer } from "../schemas/messages.ts";
import {
  Excerpt,
  ExcerptQuery,
  MessageCard,
  MessageList,
  MessageListQuery,
  MessageParams,
} from "../schemas/messages.ts";
import type { Routes } from "./routes.ts";

const LIST_LIMIT = 100;
const PROBLEMS_LIMIT = 500;
const BYTES_BEFORE = 400;
const BYTES_AFTER = 2400;
const ROWS_BEFORE = 2;
const ROWS_AFTER = 2;
/**
 * 64 parts of 1 MiB: a table of more rows is looked at in the message browser, not by an excerpt.
 */
const PARTS_MAX = 64;

/** Messages of the inbox: list, card, and the bytes around a place. */
export function messageRoutes(options: ServerOptions): Routes {
  const { database } = options;
  return async (server) => {
    server.get(
      "/api/messages",
      {
        config: { access: { kind: "session", roles: EXCHANGE_ROLES } },
        schema: {
          summary: "Сообщения, новые сверху",
          tags: ["messages"],
          querystring: MessageListQuery,
          response: { 200: MessageList, "4xx": Refusal },
        },
      },
      async (request) => {
        const { state = null, code = null, before = null } = request.query;
        const { scope } = signedInOf(request);
        const filter = { state, code, before, limit: LIST_LIMIT };
        const messages = await listMessages(database, scope, filter);
        return {
          messages: messages.map((head) => ({ ...summaryOf(head), codes: [...head.codes] })),
        };
      },
    );
    server.get(
      "/api/messages/:id",
      {
        config: { access: { kind: "session", roles: EXCHANGE_ROLES } },
        schema: {
          summary: "Сообщение: конверт, исход, отклонения",
          tags: ["messages"],
          params: MessageParams,
          response: { 200: MessageCard, "4xx": Refusal },
        },
      },
      async (request) => {
        const head = await visibleMessage(options, signedInOf(request), request.params.id, null);
        const problems = await problemsOf(database, head, PROBLEMS_LIMIT);
        return {
          ...summaryOf(head),
          sha256: head.sha256,
          envelope: { ...head.envelope },
          problems: problems.map(problemAnswer),
        };
      },
    );
    await server.register(excerptRoutes(options));
    server.get(
      "/api/problems",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: {
          summary: "Коды отклонений с текстом и действием",
          tags: ["messages"],
          response: {
            200: Type.Record(
              Type.String(),
              Type.Object({ text: Type.String(), remedy: Type.String() }),
            ),
            "4xx": Refusal,
          },
        },
      },
      async () => PROBLEM_CATALOGUE,
    );
  };
}

/** The bytes around a place, names masked, or revealed with an entry in the audit. */
function excerptRoutes(options: ServerOptions): Routes {
  return async (server) => {
    server.get(
      "/api/messages/:id/excerpt",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: {
          summary: "Байты сообщения вокруг места, имена скрыты",
          tags: ["messages"],
          params: MessageParams,
          querystring: ExcerptQuery,
          response: { 200: Excerpt, "4xx": Refusal },
        },
      },
      async (request) =>
        excerptFor(options, signedInOf(request), request.params.id, request.query, true),
    );
    server.post(
      "/api/messages/:id/reveal",
      {
        config: { access: { kind: "session", roles: REVEAL_ROLES } },
        schema: {
          summary: "Те же байты без сокрытия имён; пишется в журнал",
          tags: ["messages"],
          params: MessageParams,
          body: ExcerptQuery,
          response: { 200: Excerpt, "4xx": Refusal },
        },
      },
      async (request) => {
        const { id } = request.params;
        const user = signedInOf(request);
        const excerpt = await excerptFor(options, user, id, request.body, false);
        await addAudit(options.database, actorOf(request), {
          action: "MESSAGE_REVEALED",
          object: `message:${id}`,
          oldValue: null,
          newValue: { at: request.body.at },
        });
        return excerpt;
      },
    );
  };
}

function summaryOf(head: MessageHead) {
  const { id, channel, name, receivedAt, sizeBytes, state } = head;
  return { id, channel, name, receivedAt, sizeBytes, state: state as "received" };
}

/**
 * The message when the person may see it. People of some districts see of a message only the place
 * that a value of an account of theirs, or a reading that waits for them, came from.
 */
async function visibleMessage(
  options: ServerOptions,
  { scope }: SignedIn,
  id: number,
  from: { readonly account: string | undefined; readonly at: number } | null,
): Promise<MessageHead> {
  const { database } = options;
  const head = await findMessage(database, scope, id);
  if (head === null) throw new ApiError("NOT_FOUND", { object: `Сообщение ${id}` });
  const refused = new ApiError("OUT_OF_SCOPE", { object: `Сообщение ${id}` });
  if (head === "OUT_OF_SCOPE") throw refused;
  if (scope.districts === null) return head;
  const origin = { message: id, at: from?.at ?? 0 } as Origin;
  if (from !== null && (await seesHeldReading(database, scope, origin))) return head;
  if (from?.account === undefined) throw refused;
  const place = await placeOf(database, scope, from.account);
  if (!place.ok) throw refusePlace(place.problem, from.account);
  if (!(await originIsOf(database, place.value, id, from.at))) throw refused;
  return head;
}

async function excerptFor(
  options: ServerOptions,
  user: SignedIn,
  id: number,
  query: { readonly at: number; readonly account?: string },
  masked: boolean,
): Promise<ExcerptAnswer> {
  const { at, account } = query;
  const head = await visibleMessage(options, user, id, { account, at });
  const [first] = await partsFrom(options.database, head, 0, 1);
  if (first === undefined) throw new ApiError("NOT_FOUND", { object: `Байты сообщения ${id}` });
  const unit = unitOf(first.bytes);
  const encoding = encodingOf(first.bytes);
  // Neighbours' rows are not this person's business.
  const alone = user.scope.districts !== null;
  const { window, firstRow } =
    unit === "byte"
      ? { window: await bytesAround(options, head, at), firstRow: 1 }
      : await rowsAround(options, head, at, alone ? 0 : ROWS_BEFORE, alone ? 0 : ROWS_AFTER);
  const { channel, name, receivedAt, sizeBytes } = head;
  return {
    message: id,
    name,
    channel,
    receivedAt,
    sizeBytes,
    unit,
    at,
    encoding,
    ...excerptOf(window, { unit, at, firstRow }, encoding, masked),
  };
}

async function bytesAround(
  options: ServerOptions,
  head: MessageHead,
  at: number,
): Promise<ExcerptWindow> {
  const from = Math.max(0, at - BYTES_BEFORE);
  const parts = await partsFrom(options.database, head, from, 2);
  const offset = parts[0]?.offset ?? 0;
  const whole = Buffer.concat(parts.map(({ bytes }) => bytes));
  const bytes = whole.subarray(from - offset, from - offset + BYTES_BEFORE + BYTES_AFTER);
  return { offset: from, bytes };
}

/** Whole rows around the one asked for; an empty window when the message has fewer. */
async function rowsAround(
  options: ServerOptions,
  head: MessageHead,
  row: number,
  before: number,
  after: number,
): Promise<{ readonly window: ExcerptWindow; readonly firstRow: number }> {
  const parts = await partsFrom(options.database, head, 0, PARTS_MAX);
  const whole = Buffer.concat(parts.map(({ bytes }) => bytes));
  const firstRow = Math.max(1, row - before);
  const start = afterNewlines(whole, 0, firstRow - 1);
  const end = afterNewlines(whole, start, row + after - firstRow + 1);
  return { window: { offset: start, bytes: whole.subarray(start, end) }, firstRow };
}

/** Offset after the given number of line ends. */
function afterNewlines(bytes: Buffer, from: number, count: number): number {
  let at = from;
  for (let seen = 0; seen < count && at < bytes.length; seen += 1) {
    const newline = bytes.indexOf(0x0a, at);
    at = newline < 0 ? bytes.length : newline + 1;
  }
  return at;
}
