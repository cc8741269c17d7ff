import { runProblemsOf } from "../../../normalizer/store/account-page.ts";
import { messageNames } from "../../../normalizer/store/message-page.ts";
import { entriesOfAccount, knownRuns, linesOfAccount } from "../../../normalizer/store/posted.ts";
import { EVERY_ROLE } from "../../access/roles.ts";
import { signedInOf } from "../access.ts";
import { balanceAnswer, chargesAnswer, explanationAnswer, messagesOf } from "../account-money.ts";
import type { ServerOptions } from "../options.ts";
import { monthOfQuery, placeFor } from "../place.ts";
import { Balance, Charges, Explanation } from "../schemas/accounts.ts";
import { MonthQuery, NumberParams, Refusal } from "../schemas/common.ts";
import type { Routes } from "./routes.ts";

/** What an account owes, and why. */
export function moneyRoutes(options: ServerOptions): Routes {
  const { database } = options;
  const config = { access: { kind: "session", roles: EVERY_ROLE } } as const;
  const tags = ["accounts"];
  return async (server) => {
    server.get(
      "/api/accounts/:number/charges",
      {
        config,
        schema: {
          summary: "Начисления по месяцам со строками",
          tags,
          params: NumberParams,
          response: { 200: Charges, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const runs = await knownRuns(database, place.organisation, null);
        const lines = await linesOfAccount(database, place, runs);
        const ids = runs.map(({ run }) => run);
        return chargesAnswer(runs, lines, await runProblemsOf(database, place, ids));
      },
    );
    server.get(
      "/api/accounts/:number/balance",
      {
        config,
        schema: {
          summary: "Сальдо и его движение по месяцам",
          tags,
          params: NumberParams,
          response: { 200: Balance, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const runs = await knownRuns(database, place.organisation, null);
        return balanceAnswer(await entriesOfAccount(database, place, runs, null));
      },
    );
    server.get(
      "/api/accounts/:number/explain",
      {
        config,
        schema: {
          summary: "Объяснение начислений месяца: повторный расчёт с записью шагов",
          tags,
          params: NumberParams,
          querystring: MonthQuery,
          response: { 200: Explanation, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const month = monthOfQuery(request.query.month);
        const explained = await options.explain(place, month);
        const messages = await messageNames(database, place, messagesOf(explained));
        return explanationAnswer(month, explained, messages);
      },
    );
  };
}
