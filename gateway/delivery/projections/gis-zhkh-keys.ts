import type { Month } from "../../../normalizer/model/dates.ts";
import { formatMonth } from "../../../normalizer/model/dates.ts";
import type { AccountId } from "../../../normalizer/model/ids.ts";
import type { NoticedPayment } from "../../../normalizer/store/noticed-payments.ts";

export function accountKey(account: AccountId): string {
  return `account/${account}`;
}

export function documentKey(account: AccountId, month: Month): string {
  return `payment-document/${account}/${formatMonth(month)}`;
}

/**
 * A part that a person gave to the account is an object of its own: parts of one notice add up.
 *
 * @param service null where there is no document to put the payment to
 */
export function acknowledgementKey(
  { notice, account, part }: Pick<NoticedPayment, "notice" | "account" | "part">,
  service: string | null,
): string {
  const whose = part === null ? `${account}` : `${account}-${part}`;
  const whole = `acknowledgement/${notice}/${whose}`;
  return service === null ? whole : `${whole}/${service}`;
}
