import type { Month } from "../../../normalizer/model/dates.ts";
import { addDays, endDay, firstDay, formatMonth } from "../../../normalizer/model/dates.ts";
import type { ChannelId } from "../../../normalizer/model/ids.ts";
import { invariant } from "../../../normalizer/model/result.ts";
import { factsOf, readingsOf } from "../../../normalizer/store/account-page.ts";
import type { AccountPlace } from "../../../normalizer/store/account-place.ts";
import { readIntervalDays } from "../../../normalizer/store/intervals.ts";
import { EVERY_ROLE } from "../../access/roles.ts";
import { signedInOf } from "../access.ts";
import { factsOfKind } from "../account-card.ts";
import { localDaysOf } from "../local-days.ts";
import type { ServerOptions } from "../options.ts";
import { monthOfQuery, placeFor } from "../place.ts";
import type { IntervalsAnswer, ReadingsAnswer } from "../schemas/accounts.ts";
import { Intervals, Readings } from "../schemas/accounts.ts";
import { MonthQuery, NumberParams, Refusal } from "../schemas/common.ts";
import { originRef, readOnOf } from "../timeline.ts";
import type { Routes } from "./routes.ts";

/** What was measured at an account: register readings, half-hours. */
export function measurementRoutes(options: ServerOptions): Routes {
  const { database } = options;
  const config = { access: { kind: "session", roles: EVERY_ROLE } } as const;
  const tags = ["accounts"];
  return async (server) => {
    server.get(
      "/api/accounts/:number/readings",
      {
        config,
        schema: {
          summary: "Приборы и показания",
          tags,
          params: NumberParams,
          response: { 200: Readings, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        return readingsAnswer(options, place);
      },
    );
    server.get(
      "/api/accounts/:number/intervals",
      {
        config,
        schema: {
          summary: "Получасовые значения месяца по местным суткам",
          tags,
          params: NumberParams,
          querystring: MonthQuery,
          response: { 200: Intervals, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        return intervalsAnswer(options, place, monthOfQuery(request.query.month));
      },
    );
  };
}

async function readingsAnswer(
  { database }: ServerOptions,
  place: AccountPlace,
): Promise<ReadingsAnswer> {
  const meters = factsOfKind(await factsOf(database, place), "meter");
  const ids = meters.map(({ subject }) => Number(subject));
  const readings = await readingsOf(database, place, ids);
  return {
    meters: meters.map(({ subject, validFrom, validTo, origin, body }) => ({
      meter: Number(subject),
      serial: body.serial,
      zones: [...body.zones],
      ratio: body.ratio,
      from: validFrom,
      to: validTo,
      origin: originRef(origin),
    })),
    readings: readings.map(({ meter, stateAt, values, source, inForce, origin }) => ({
      meter,
      readOn: readOnOf(stateAt),
      values: [...values],
      source,
      inForce,
      origin: originRef(origin),
    })),
  };
}

async function intervalsAnswer(
  { database }: ServerOptions,
  place: AccountPlace,
  month: Month,
): Promise<IntervalsAnswer> {
  const facts = await factsOf(database, place);
  const zone = factsOfKind(facts, "site").at(-1)?.body.zone;
  invariant(zone !== undefined, `site ${place.site} has no place`);
  const points = factsOfKind(facts, "supply-point");
  const days = await readIntervalDays(
    database,
    {
      shard: place.shard,
      channels: points.map(({ body }) => body.channel as ChannelId),
      // A local day reaches into the UTC days before and after it.
      from: addDays(firstDay(month), -1),
      to: addDays(endDay(month), 1),
    },
    null,
  );
  return {
    month: formatMonth(month),
    zone,
    points: points.map(({ subject, body }) => ({
      point: Number(subject),
      name: body.name,
      channel: body.channel,
      days: localDaysOf(
        days.filter(({ channel }) => channel === body.channel),
        month,
        zone,
      ).map((day) => ({
        ...day,
        values: [...day.values],
        origins: day.origins.map((origin) => (origin === null ? null : originRef(origin))),
      })),
    })),
  };
}
