import { formatDay, formatMonth } from "../../../normalizer/model/dates.ts";
import type { MessageId } from "../../../normalizer/model/ids.ts";
import { addAudit } from "../../../normalizer/store/access.ts";
import { suggestionsFor } from "../../../normalizer/store/payment-suggestions.ts";
import type { StoredPayment } from "../../../normalizer/store/payments.ts";
import {
  paymentsOfAccount,
  readUnrecognised,
  sumUnrecognised,
} from "../../../normalizer/store/payments.ts";
import { maskText } from "../../access/masking.ts";
import { EVERY_ROLE, RECOGNITION_ROLES } from "../../access/roles.ts";
import type { SignedIn } from "../../access/sessions.ts";
import { recognise } from "../../intake/desk.ts";
import { actorOf, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { placeFor } from "../place.ts";
import { problemAnswer } from "../problem-answer.ts";
import { NumberParams, Refusal } from "../schemas/common.ts";
import {
  AccountPayments,
  PaymentParams,
  RecogniseBody,
  Recognised,
  Unrecognised,
  UnrecognisedQuery,
} from "../schemas/payments.ts";
import { originRef } from "../timeline.ts";
import type { Routes } from "./routes.ts";

const PAGE_ROWS = 50;

/** Money that came in: of an account, and what nobody knows the account of. */
export function paymentRoutes({ database }: ServerOptions): Routes {
  const config = { access: { kind: "session", roles: RECOGNITION_ROLES } } as const;
  return async (server) => {
    server.get(
      "/api/accounts/:number/payments",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: {
          summary: "Платежи счёта и их отмены",
          tags: ["accounts"],
          params: NumberParams,
          response: { 200: AccountPayments, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const payments = await paymentsOfAccount(database, place);
        return {
          payments: payments
            .map((payment) => ({
              ...paymentAnswer(payment),
              part: payment.part,
              recognisedBy: payment.recognisedBy,
            }))
            .reverse(),
        };
      },
    );
    server.get(
      "/api/payments/unrecognised",
      {
        config,
        schema: {
          summary: "Невыясненные платежи с остатком и подсказками",
          tags: ["payments"],
          querystring: UnrecognisedQuery,
          response: { 200: Unrecognised, "4xx": Refusal },
        },
      },
      async (request) => {
        const user = signedInOf(request);
        refuseDistricts(user);
        const { organisation, scope } = user;
        const rows = await readUnrecognised(database, {
          organisation,
          direction: "IN",
          after: placeOfCursor(request.query.cursor),
          limit: PAGE_ROWS + 1,
        });
        const page = rows.slice(0, PAGE_ROWS);
        const suggestions = await suggestionsFor(database, scope, page);
        const total = await sumUnrecognised(database, organisation);
        const last = rows.length > PAGE_ROWS ? page.at(-1) : undefined;
        return {
          payments: page.map((payment, index) => ({
            ...paymentAnswer(payment),
            left: payment.left,
            suggestions: [...(suggestions[index] ?? [])],
          })),
          next: last === undefined ? null : `${last.message}:${last.at}`,
          ...total,
        };
      },
    );
    server.post(
      "/api/payments/:message/:at/recognise",
      {
        config,
        schema: {
          summary: "Сказать, чей это платёж: один или несколько счетов",
          tags: ["payments"],
          params: PaymentParams,
          body: RecogniseBody,
          response: { 200: Recognised, "4xx": Refusal },
        },
      },
      async (request) => {
        const user = signedInOf(request);
        refuseDistricts(user);
        const { params, body } = request;
        const { message, problems } = await recognise(database, {
          organisation: user.organisation,
          payment: params,
          parts: body.parts.map(({ account, amount }) => ({ accountNumber: account, amount })),
          author: user.login,
          ground: body.ground,
          receivedAtMs: Date.now(),
        });
        const accepted = problems.length === 0;
        await addAudit(database, actorOf(request), {
          action: accepted ? "PAYMENT_RECOGNISED" : "PAYMENT_RECOGNITION_REFUSED",
          object: `payment:${params.message}:${params.at}`,
          oldValue: null,
          newValue: { ...body, message: message.message },
        });
        return {
          message: message.message,
          accepted,
          problems: problems.map(({ code, at, object = null, values = null }) =>
            problemAnswer({ code, at, object, details: values }),
          ),
        };
      },
    );
  };
}

/** Unrecognised money is of the organisation, of no district. */
function refuseDistricts({ scope }: SignedIn): void {
  if (scope.districts !== null) {
    throw new ApiError("OUT_OF_SCOPE", { object: "Невыясненные платежи" });
  }
}

function placeOfCursor(cursor: string | undefined) {
  if (cursor === undefined) return null;
  const [message, at] = cursor.split(":").map(Number);
  return { message: message as MessageId, at: at ?? 0 };
}

function paymentAnswer(payment: StoredPayment) {
  const { message, at, source, direction, amount, other, code, period, reversed } = payment;
  return {
    message,
    at,
    source,
    direction,
    paidOn: formatDay(payment.paidDay),
    postedOn: formatDay(payment.postedDay),
    amount,
    payer: maskText(other.name),
    inn: other.inn,
    purpose: maskText(payment.purpose),
    documentNumber: payment.documentNumber,
    documentOn: formatDay(payment.documentDay),
    period: period === null ? null : formatMonth(period),
    cause: code === null ? null : problemAnswer({ code, at: "", object: null, details: null }).text,
    reversed: reversed === null ? null : originRef(reversed),
  };
}
