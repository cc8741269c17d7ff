import { formatDay } from "../../../normalizer/model/dates.ts";
import { addAudit } from "../../../normalizer/store/access.ts";
import type { AccountPlace } from "../../../normalizer/store/account-place.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import type { RefundId, StoredRefund } from "../../../normalizer/store/refunds.ts";
import { listRefunds, readRefunds, refundableKopecks } from "../../../normalizer/store/refunds.ts";
import { maskName, maskText } from "../../access/masking.ts";
import { EVERY_ROLE, REFUND_APPROVAL_ROLES, REFUND_ROLES } from "../../access/roles.ts";
import type { EnteredAtDesk } from "../../intake/desk.ts";
import { bankDay, decideRefund, orderRefund } from "../../intake/refund-desk.ts";
import { actorOf, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { placeFor } from "../place.ts";
import { problemAnswer } from "../problem-answer.ts";
import { NumberParams, Refusal } from "../schemas/common.ts";
import type { RefundRow, RefundSaidAnswer } from "../schemas/refunds.ts";
import {
  AccountRefunds,
  RefundAnswerText,
  RefundApprovalBody,
  RefundOrderBody,
  RefundParams,
  Refunds,
  RefundWithdrawalBody,
} from "../schemas/refunds.ts";
import { originRef } from "../timeline.ts";
import type { Routes } from "./routes.ts";

const ROWS_MAX = 200;
const tags = ["refunds"];
const ordering = { access: { kind: "session", roles: REFUND_ROLES } } as const;

/** Advances that are sent back: ordered by one person, approved by another. */
export function refundRoutes(options: ServerOptions): Routes {
  return async (server) => {
    await server.register(listRoutes(options));
    await server.register(orderRoutes(options));
  };
}

function listRoutes({ database }: ServerOptions): Routes {
  return async (server) => {
    server.get(
      "/api/refunds",
      {
        config: ordering,
        schema: {
          summary: "Возвраты, которые ждут человека или банка",
          tags,
          response: { 200: Refunds, "4xx": Refusal },
        },
      },
      async (request) => {
        const { organisation, scope } = signedInOf(request);
        if (scope.districts !== null) throw new ApiError("OUT_OF_SCOPE", { object: "Возвраты" });
        const query = { organisation, account: null, open: true, limit: ROWS_MAX };
        return { refunds: (await listRefunds(database, query)).map(rowOf) };
      },
    );
    server.get(
      "/api/accounts/:number/refunds",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: {
          summary: "Возвраты по счёту и сколько аванса можно вернуть",
          tags,
          params: NumberParams,
          response: { 200: AccountRefunds, "4xx": Refusal },
        },
      },
      async (request) => {
        const place = await placeFor(database, signedInOf(request), request.params.number);
        const { organisation, account } = place;
        const query = { organisation, account, open: false, limit: ROWS_MAX };
        const refunds = await listRefunds(database, query);
        const refundable = await database.transaction((transaction) =>
          refundableKopecks(transaction, organisation, place, null),
        );
        return { refundable: Math.max(0, refundable), refunds: refunds.map(rowOf) };
      },
    );
  };
}

function orderRoutes({ database }: ServerOptions): Routes {
  return async (server) => {
    server.post(
      "/api/accounts/:number/refunds",
      {
        config: ordering,
        schema: {
          summary: "Заказать возврат аванса",
          tags,
          params: NumberParams,
          body: RefundOrderBody,
          response: { 200: RefundAnswerText, "4xx": Refusal },
        },
      },
      async (request) => {
        const user = signedInOf(request);
        const place = await placeFor(database, user, request.params.number);
        const { amount, payee, purpose = null, ground } = request.body;
        const said = { place, amount, payee, purpose, author: user.login, ground };
        const entered = await orderRefund(database, { ...said, receivedAtMs: Date.now() });
        const { message } = entered.message;
        await addAudit(database, actorOf(request), {
          action: entered.problems.length === 0 ? "REFUND_ORDERED" : "REFUND_ORDER_REFUSED",
          object: `account:${place.number}`,
          oldValue: null,
          newValue: { message, amount, ground },
        });
        return answerOf(entered);
      },
    );
    server.post(
      "/api/accounts/:number/refunds/:refund/approve",
      {
        config: { access: { kind: "session", roles: REFUND_APPROVAL_ROLES } },
        schema: {
          summary: "Утвердить возврат, который заказал другой",
          tags,
          params: RefundParams,
          body: RefundApprovalBody,
          response: { 200: RefundAnswerText, "4xx": Refusal },
        },
      },
      async (request) => {
        const user = signedInOf(request);
        const { params, body } = request;
        await refundFor(database, await placeFor(database, user, params.number), params.refund);
        const entered = await decideRefund(database, {
          ...{ organisation: user.organisation, refund: params.refund, decision: "APPROVED" },
          ...{ day: bankDay(Date.now()), refusedByBank: false, author: user.login },
          ...{ ground: body.ground, receivedAtMs: Date.now() },
        });
        await addAudit(database, actorOf(request), {
          action: entered.problems.length === 0 ? "REFUND_APPROVED" : "REFUND_APPROVAL_REFUSED",
          object: `refund:${params.refund}`,
          oldValue: null,
          newValue: { ...body, message: entered.message.message },
        });
        return answerOf(entered);
      },
    );
    server.post(
      "/api/accounts/:number/refunds/:refund/withdraw",
      {
        config: ordering,
        schema: {
          summary: "Отозвать возврат",
          tags,
          params: RefundParams,
          body: RefundWithdrawalBody,
          response: { 200: RefundAnswerText, "4xx": Refusal },
        },
      },
      async (request) => {
        const user = signedInOf(request);
        const { params, body } = request;
        await refundFor(database, await placeFor(database, user, params.number), params.refund);
        const entered = await decideRefund(database, {
          ...{ organisation: user.organisation, refund: params.refund, decision: "WITHDRAWN" },
          ...{ day: bankDay(Date.now()), refusedByBank: body.refusedByBank, author: user.login },
          ...{ ground: body.ground, receivedAtMs: Date.now() },
        });
        await addAudit(database, actorOf(request), {
          action: entered.problems.length === 0 ? "REFUND_WITHDRAWN" : "REFUND_WITHDRAWAL_REFUSED",
          object: `refund:${params.refund}`,
          oldValue: null,
          newValue: { ...body, message: entered.message.message },
        });
        return answerOf(entered);
      },
    );
  };
}

/** The refund must be of the account that the person may see. */
async function refundFor(
  database: Database,
  { organisation, account, number }: AccountPlace,
  refund: number,
): Promise<void> {
  const [found] = await readRefunds(database, organisation, [refund as RefundId]);
  if (found?.account === account) return;
  throw new ApiError("NOT_FOUND", { object: `Возврат ${refund} по счёту ${number}` });
}

function answerOf({ message, problems }: EnteredAtDesk): RefundSaidAnswer {
  return {
    message: message.message,
    accepted: message.state === "posted",
    problems: problems.map(({ code, at, object = null, values = null }) =>
      problemAnswer({ code, at, object, details: values }),
    ),
  };
}

function rowOf(refund: StoredRefund): RefundRow {
  const { payee, order, executed, delivery } = refund;
  return {
    refund: refund.refund,
    account: refund.accountNumber,
    amount: refund.amount,
    state: refund.state,
    payee: maskName(payee.name),
    payeeAccount: `…${payee.account.slice(-4)}`,
    bankName: payee.bankName,
    purpose: maskText(refund.purpose),
    ground: refund.ground,
    orderedBy: refund.author,
    orderedAt: new Date(refund.orderedAtMs).toISOString(),
    approvedBy: refund.approvedBy,
    order: order === null ? null : { number: order.number, day: formatDay(order.day) },
    withdrawnBy: refund.withdrawnBy,
    withdrawnFor: refund.withdrawnFor,
    executed: executed === null ? null : originRef(executed),
    delivery:
      delivery === null
        ? null
        : { destination: delivery.destination, state: delivery.state, text: delivery.text },
  };
}
