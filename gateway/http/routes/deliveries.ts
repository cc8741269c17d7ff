import { DELIVERY_STATES } from "../../../normalizer/model/outbound.ts";
import { addAudit } from "../../../normalizer/store/access.ts";
import { placeOf } from "../../../normalizer/store/account-place.ts";
import type { DeliveryHead } from "../../../normalizer/store/delivery-page.ts";
import {
  deliveriesOfAccount,
  deliveryCauses,
  destinationsOf,
  findDelivery,
  findExchangeBytes,
  listDeliveries,
} from "../../../normalizer/store/delivery-page.ts";
import { DELIVERY_ROLES, EVERY_ROLE, EXCHANGE_ROLES, REVEAL_ROLES } from "../../access/roles.ts";
import type { SignedIn } from "../../access/sessions.ts";
import { moveByPerson, releaseByPerson } from "../../delivery/desk.ts";
import { actorOf, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import { encodingOf, excerptOf } from "../excerpt.ts";
import type { ServerOptions } from "../options.ts";
import { placeFor, refusePlace } from "../place.ts";
import { problemAnswer, remedyOf } from "../problem-answer.ts";
import { NumberParams, Refusal } from "../schemas/common.ts";
import type { ExchangeTextAnswer } from "../schemas/deliveries.ts";
import {
  AccountDeliveries,
  Deliveries,
  DeliveryCard,
  DeliveryParams,
  DeliveryQuery,
  DestinationParams,
  Destinations,
  ExchangeParams,
  ExchangeQuery,
  ExchangeText,
  MoveBody,
  Moved,
  MoveParams,
} from "../schemas/deliveries.ts";
import type { Routes } from "./routes.ts";

const PAGE_ROWS = 100;
/** Read at once of a message that may have megabytes. */
const WINDOW_BYTES = 32_768;
const tags = ["deliveries"];
const seen = { access: { kind: "session", roles: EXCHANGE_ROLES } } as const;

/** What goes out: per destination, per object, per message. */
export function deliveryRoutes(options: ServerOptions): Routes {
  return async (server) => {
    await server.register(listRoutes(options));
    await server.register(cardRoutes(options));
    await server.register(exchangeRoutes(options));
    await server.register(moveRoutes(options));
  };
}

function listRoutes({ database }: ServerOptions): Routes {
  return async (server) => {
    server.get(
      "/api/destinations",
      {
        config: seen,
        schema: {
          summary: "Назначения: сколько в каком состоянии, чем остановлены",
          tags,
          response: { 200: Destinations, "4xx": Refusal },
        },
      },
      async (request) => {
        const all = await destinationsOf(database, signedInOf(request).scope);
        return {
          destinations: all.map(({ counts, pause, ...rest }) => ({
            ...rest,
            counts: countsOf(counts),
            pause: pause === null ? null : { ...pause, ...wordsOf(pause.code, pause.text) },
          })),
        };
      },
    );
    server.get(
      "/api/deliveries",
      {
        config: seen,
        schema: {
          summary: "Доставки назначения по ключу объекта",
          tags,
          querystring: DeliveryQuery,
          response: { 200: Deliveries, "4xx": Refusal },
        },
      },
      async (request) => {
        const { destination, state = null, code = null, account, cursor = null } = request.query;
        const { scope } = signedInOf(request);
        const of = account === undefined ? null : await placeOf(database, scope, account);
        if (of?.ok === false) throw refusePlace(of.problem, account ?? "");
        const rows = await listDeliveries(database, scope, {
          destination,
          state,
          code,
          of: of === null ? null : of.value,
          after: cursor,
          limit: PAGE_ROWS + 1,
        });
        const page = rows.slice(0, PAGE_ROWS);
        const causes = await deliveryCauses(database, scope, destination);
        return {
          deliveries: page.map(rowOf),
          next: rows.length > PAGE_ROWS ? (page.at(-1)?.object ?? null) : null,
          causes: causes.map((cause) => ({ ...cause, text: wordsOf(cause.code, null).text })),
        };
      },
    );
    server.get(
      "/api/accounts/:number/deliveries",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: {
          summary: "Что о счёте ушло и куда",
          tags: ["accounts"],
          params: NumberParams,
          response: { 200: AccountDeliveries, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        return { deliveries: (await deliveriesOfAccount(database, place)).map(rowOf) };
      },
    );
  };
}

function cardRoutes({ database }: ServerOptions): Routes {
  return async (server) => {
    server.get(
      "/api/deliveries/:destination/:shard/:object",
      {
        config: seen,
        schema: {
          summary: "Доставка: чего ждёт, попытки с ответами",
          tags,
          params: DeliveryParams,
          response: { 200: DeliveryCard, "4xx": Refusal },
        },
      },
      async (request) => {
        const { params } = request;
        const card = await findDelivery(database, signedInOf(request).scope, params);
        if (card === null) throw new ApiError("NOT_FOUND", { object: `Доставка ${params.object}` });
        const { foreignIds, needs, attemptList, ...head } = card;
        return {
          ...rowOf(head),
          foreignIds: { ...foreignIds },
          needs: [...needs],
          attemptList: attemptList.map((attempt) => ({
            ...attempt,
            text: wordsOf(attempt.code, attempt.text).text,
          })),
        };
      },
    );
  };
}

/** Request and answer as they went over the wire, names masked, or revealed with an entry in the audit. */
function exchangeRoutes(options: ServerOptions): Routes {
  return async (server) => {
    server.get(
      "/api/exchanges/:exchange/:part",
      {
        config: seen,
        schema: {
          summary: "Запрос или ответ обмена, имена скрыты",
          tags,
          params: ExchangeParams,
          querystring: ExchangeQuery,
          response: { 200: ExchangeText, "4xx": Refusal },
        },
      },
      async (request) =>
        exchangeText(options, signedInOf(request), request.params, request.query, true),
    );
    server.post(
      "/api/exchanges/:exchange/:part/reveal",
      {
        config: { access: { kind: "session", roles: REVEAL_ROLES } },
        schema: {
          summary: "То же без сокрытия имён; пишется в журнал",
          tags,
          params: ExchangeParams,
          body: ExchangeQuery,
          response: { 200: ExchangeText, "4xx": Refusal },
        },
      },
      async (request) => {
        const { params, body } = request;
        const text = await exchangeText(options, signedInOf(request), params, body, false);
        await addAudit(options.database, actorOf(request), {
          action: "EXCHANGE_REVEALED",
          object: `exchange:${params.exchange}`,
          oldValue: null,
          newValue: { part: params.part, ...body },
        });
        return text;
      },
    );
  };
}

function moveRoutes({ database }: ServerOptions): Routes {
  const config = { access: { kind: "session", roles: DELIVERY_ROLES } } as const;
  return async (server) => {
    server.post(
      "/api/destinations/:destination/deliveries/:move",
      {
        config,
        schema: {
          summary: "Задержать, отпустить, отправить снова, отозвать: по объектам или по причине",
          tags,
          params: MoveParams,
          body: MoveBody,
          response: { 200: Moved, "4xx": Refusal },
        },
      },
      async (request) => {
        const { destination, move } = request.params;
        const { scope } = signedInOf(request);
        const choice = request.body;
        const actor = actorOf(request);
        const moved = await moveByPerson(database, actor, scope, destination, move, choice);
        return { moved };
      },
    );
    server.post(
      "/api/destinations/:destination/release",
      {
        config,
        schema: {
          summary: "Снять остановку назначения",
          tags,
          params: DestinationParams,
          response: { 200: Moved, "4xx": Refusal },
        },
      },
      async (request) => {
        const { destination } = request.params;
        const { scope } = signedInOf(request);
        const released = await releaseByPerson(database, actorOf(request), scope, destination);
        return { moved: released ? 1 : 0 };
      },
    );
  };
}

function countsOf(counts: Readonly<Partial<Record<(typeof DELIVERY_STATES)[number], number>>>) {
  const entries = DELIVERY_STATES.map((state) => [state, counts[state] ?? 0] as const);
  return Object.fromEntries(entries) as Record<(typeof DELIVERY_STATES)[number], number>;
}

/** The counterpart's words where it said some, else the catalogue's. */
function wordsOf(code: string | null, text: string | null): { text: string; remedy: string } {
  if (code === null) return { text: text ?? "", remedy: "" };
  const said = text ?? problemAnswer({ code, at: "", object: null, details: null }).text;
  return { text: said, remedy: remedyOf(code).remedy };
}

function rowOf(head: DeliveryHead) {
  const { code, text } = head;
  const words = wordsOf(code, text);
  return { ...head, text: words.text === "" ? null : words.text, remedy: words.remedy };
}

async function exchangeText(
  { database }: ServerOptions,
  { scope }: SignedIn,
  { exchange, part }: { readonly exchange: number; readonly part: "request" | "answer" },
  query: { readonly offset?: number; readonly find?: string },
  masked: boolean,
): Promise<ExchangeTextAnswer> {
  const { offset = 0, find = null } = query;
  const place = { offset, find, bytesMax: WINDOW_BYTES };
  const found = await findExchangeBytes(database, scope, exchange, part, place);
  if (found === null) throw new ApiError("NOT_FOUND", { object: `Обмен ${exchange}` });
  const { bytes, sizeBytes, destination, operation } = found;
  // A window that begins within a piece may begin within a name, which no mask would know.
  const begins = found.beginsLine || bytes[0] === "<".charCodeAt(0);
  const hit = find === null ? -1 : bytes.indexOf(find);
  const at = hit >= 0 ? found.offset + hit : begins ? found.offset : -1;
  const window = { offset: found.offset, bytes };
  const view = excerptOf(window, { unit: "byte", at, firstRow: 1 }, encodingOf(bytes), masked);
  const ended = found.offset + bytes.length >= sizeBytes;
  // The last piece of a window is cut, perhaps within a name: it is the first of the next window.
  const cut = ended || view.pieces.length < 2 ? null : view.pieces.at(-1);
  const pieces = (cut === null ? view.pieces : view.pieces.slice(0, -1)).map((piece) => ({
    ...piece,
    marked: piece.marked && hit >= 0,
  }));
  const next = ended ? null : Number(cut?.label ?? found.offset + bytes.length);
  return { exchange, destination, operation, sizeBytes, masked, pieces, next };
}
