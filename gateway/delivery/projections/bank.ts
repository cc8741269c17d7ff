import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type { OutboundPaymentOrder } from "../../../normalizer/model/outbound.ts";
import { invariant } from "../../../normalizer/model/result.ts";
import { kopecks } from "../../../normalizer/model/units.ts";
import type { StoredRefund } from "../../../normalizer/store/refunds.ts";
import { lockRefunds, refundObject, refundsToSend } from "../../../normalizer/store/refunds.ts";
import type { DesiredState, ProjectionContext } from "../projection.ts";

/** What the bank is to pay: the refunds that another person than their author has approved. */
export async function projection(context: ProjectionContext): Promise<readonly DesiredState[]> {
  if (context.shard !== COMMON_SHARD) return [];
  const { transaction, destination, organisation, after, upTo } = context;
  await lockRefunds(transaction);
  const refunds = await refundsToSend(transaction, organisation, { destination, after, upTo });
  return refunds.map((refund) => ({
    object: refundObject(refund.refund),
    kind: "payment-order",
    account: refund.account,
    needs: [],
    content: paymentOrder(refund),
  }));
}

function paymentOrder({ refund, order, amount, payee, purpose }: StoredRefund) {
  invariant(order !== null, `refund ${refund} goes out without an approval`);
  const { number, day, payer } = order;
  const content: OutboundPaymentOrder = {
    ...{ number: String(number), day, amount: kopecks(amount), payer, payee, purpose },
  };
  return content;
}
