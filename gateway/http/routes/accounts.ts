import { addAudit } from "../../../normalizer/store/access.ts";
import { factsOf, readingsOf } from "../../../normalizer/store/account-page.ts";
import type { AccountHit, AccountPlace } from "../../../normalizer/store/account-place.ts";
import { searchAccounts } from "../../../normalizer/store/account-place.ts";
import { messageNames } from "../../../normalizer/store/message-page.ts";
import { entriesOfAccount, knownRuns } from "../../../normalizer/store/posted.ts";
import { maskName, maskParty } from "../../access/masking.ts";
import { EVERY_ROLE, REVEAL_ROLES } from "../../access/roles.ts";
import { actorOf, signedInOf } from "../access.ts";
import { cardHeadOf, factsOfKind, holderOf } from "../account-card.ts";
import type { ServerOptions } from "../options.ts";
import { placeFor } from "../place.ts";
import type { TimelineEventAnswer } from "../schemas/accounts.ts";
import { AccountCard, AccountHits, Revealed, SearchQuery, Timeline } from "../schemas/accounts.ts";
import { NumberParams, Refusal } from "../schemas/common.ts";
import { entryEvents, factEvents, readingEvents } from "../timeline.ts";
import type { Routes } from "./routes.ts";

const HITS_LIMIT = 20;

/** Accounts: search, who and where, what happened. */
export function accountRoutes(options: ServerOptions): Routes {
  const { database } = options;
  const config = { access: { kind: "session", roles: EVERY_ROLE } } as const;
  const tags = ["accounts"];
  return async (server) => {
    server.get(
      "/api/accounts",
      {
        config,
        schema: {
          summary: "Поиск по началу номера",
          tags,
          querystring: SearchQuery,
          response: { 200: AccountHits, "4xx": Refusal },
        },
      },
      async (request) => {
        const { scope } = signedInOf(request);
        const hits = await searchAccounts(database, scope, request.query.search, HITS_LIMIT);
        return { accounts: hits.map(maskedHit) };
      },
    );
    server.get(
      "/api/accounts/:number",
      {
        config,
        schema: {
          summary: "Шапка лицевого счёта, имя скрыто",
          tags,
          params: NumberParams,
          response: { 200: AccountCard, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const facts = await factsOf(database, place);
        return { number: place.number, ...cardHeadOf(facts) };
      },
    );
    await server.register(revealRoute(options));
    server.get(
      "/api/accounts/:number/timeline",
      {
        config,
        schema: {
          summary: "События счёта, поздние сверху",
          tags,
          params: NumberParams,
          response: { 200: Timeline, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        return { events: await timelineOf(options, place) };
      },
    );
  };
}

/** The name in full, for those who work with consumers; each look is in the audit. */
function revealRoute({ database }: ServerOptions): Routes {
  return async (server) => {
    server.post(
      "/api/accounts/:number/reveal",
      {
        config: { access: { kind: "session", roles: REVEAL_ROLES } },
        schema: {
          summary: "Имя полностью; пишется в журнал",
          tags: ["accounts"],
          params: NumberParams,
          response: { 200: Revealed, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        await addAudit(database, actorOf(request), {
          action: "HOLDER_REVEALED",
          object: `account:${place.number}`,
          oldValue: null,
          newValue: null,
        });
        return { holder: holderOf(await factsOf(database, place)) };
      },
    );
  };
}

function maskedHit(hit: AccountHit): AccountHit {
  const mask = hit.siteKind === "BUSINESS" ? maskParty : maskName;
  return { ...hit, holder: mask(hit.holder) };
}

async function timelineOf(
  { database }: ServerOptions,
  place: AccountPlace,
): Promise<TimelineEventAnswer[]> {
  const facts = await factsOf(database, place);
  const meters = new Map(
    factsOfKind(facts, "meter").map(({ subject, body }) => [Number(subject), body]),
  );
  const readings = await readingsOf(database, place, [...meters.keys()]);
  const runs = await knownRuns(database, place.organisation, null);
  const entries = await entriesOfAccount(database, place, runs, null);
  const paid = entries.flatMap(({ source }) => (source === null ? [] : [source.message]));
  const seen = [...facts, ...readings].map(({ origin }) => origin.message);
  const messages = await messageNames(database, place, [...seen, ...paid]);
  const events = [
    ...factEvents(facts, messages),
    ...readingEvents(readings, meters, messages),
    ...entryEvents(entries, messages),
  ];
  return events.sort((left, right) => (left.day < right.day ? 1 : left.day > right.day ? -1 : 0));
}
