import type { Month } from "../../../normalizer/model/dates.ts";
import { formatMonth } from "../../../normalizer/model/dates.ts";
import type { AccountId } from "../../../normalizer/model/ids.ts";

export function accountKey(account: AccountId): string {
  return `account/${account}`;
}

export function documentKey(account: AccountId, month: Month): string {
  return `payment-document/${account}/${formatMonth(month)}`;
}

/** @param service null where there is no document to put the payment to */
export function acknowledgementKey(
  notice: string,
  account: AccountId,
  service: string | null,
): string {
  const whole = `acknowledgement/${notice}/${account}`;
  return service === null ? whole : `${whole}/${service}`;
}
