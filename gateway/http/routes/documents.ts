import { formatDay, formatMonth } from "../../../normalizer/model/dates.ts";
import type { PaymentDocument } from "../../../normalizer/model/outbound.ts";
import type { AccountPlace } from "../../../normalizer/store/account-place.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { deliveriesOfAccount } from "../../../normalizer/store/delivery-page.ts";
import { knownRuns, linesOfAccount } from "../../../normalizer/store/posted.ts";
import { maskName } from "../../access/masking.ts";
import { EVERY_ROLE } from "../../access/roles.ts";
import { DocumentRefusedError, paymentDocumentOf } from "../../documents.ts";
import { signedInOf } from "../access.ts";
import type { ServerOptions } from "../options.ts";
import { monthOfQuery, placeFor } from "../place.ts";
import { problemAnswer } from "../problem-answer.ts";
import { NumberMonthParams, NumberParams, Refusal } from "../schemas/common.ts";
import type { DocumentsAnswer, PaymentDocumentAnswer } from "../schemas/documents.ts";
import { Documents, PaymentDocumentReply } from "../schemas/documents.ts";
import type { Routes } from "./routes.ts";

/** Fields of the payment code that name the payer. */
const NAMES_IN_CODE = /(?<=\b(?:LastName|FirstName|MiddleName)=)[^|]+/g;

/** Payment documents of an account, with where they went. */
export function documentRoutes({ database }: ServerOptions): Routes {
  const config = { access: { kind: "session", roles: EVERY_ROLE } } as const;
  const tags = ["accounts"];
  return async (server) => {
    server.get(
      "/api/accounts/:number/documents",
      {
        config,
        schema: {
          summary: "Платёжные документы счёта и куда они ушли",
          tags,
          params: NumberParams,
          response: { 200: Documents, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        return documentsAnswer(database, place);
      },
    );
    server.get(
      "/api/accounts/:number/documents/:month",
      {
        config,
        schema: {
          summary: "Платёжный документ месяца, имя скрыто",
          tags,
          params: NumberMonthParams,
          response: { 200: PaymentDocumentReply, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const month = monthOfQuery(request.params.month);
        try {
          const document = await paymentDocumentOf(database, place, month);
          return { document: document === null ? null : documentAnswer(document), refusal: null };
        } catch (error) {
          if (!(error instanceof DocumentRefusedError)) throw error;
          const { code, at, object = null, values = null } = error.problem;
          return { document: null, refusal: problemAnswer({ code, at, object, details: values }) };
        }
      },
    );
  };
}

/** A month with posted lines has a document; newest first. */
async function documentsAnswer(database: Database, place: AccountPlace): Promise<DocumentsAnswer> {
  const runs = await knownRuns(database, place.organisation, null);
  const amounts = new Map<string, number>();
  for (const { period, amount } of await linesOfAccount(database, place, runs)) {
    const month = formatMonth(period);
    amounts.set(month, (amounts.get(month) ?? 0) + amount);
  }
  const deliveries = await deliveriesOfAccount(database, place);
  return {
    documents: [...amounts]
      .sort(([left], [right]) => (left < right ? 1 : -1))
      .map(([month, charged]) => ({
        month,
        charged,
        deliveries: deliveries
          .filter(({ object }) => /^payment-document\//.test(object) && object.endsWith(month))
          .map(({ destination, shard, object, state, changedAt, text }) => ({
            destination,
            shard,
            object,
            state,
            changedAt,
            text,
          })),
      })),
  };
}

function documentAnswer(document: PaymentDocument): PaymentDocumentAnswer {
  const { account, month, issuedOn, dueOn, lastPaidOn } = document;
  return {
    ...document,
    account: { ...account, holder: maskName(account.holder) },
    executor: { ...document.executor },
    month: formatMonth(month),
    issuedOn: formatDay(issuedOn),
    dueOn: formatDay(dueOn),
    services: document.services.map((service) => ({ ...service })),
    recalculations: document.recalculations.map(({ origin, ground, amount }) => ({
      origin: formatMonth(origin),
      ground,
      amount,
    })),
    readings: document.readings.map((reading) => ({ ...reading })),
    lastPaidOn: lastPaidOn === null ? null : formatDay(lastPaidOn),
    paymentCode: document.paymentCode.replace(NAMES_IN_CODE, (name) => "•".repeat(name.length)),
  };
}
