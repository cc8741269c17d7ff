import type { Month } from "../../normalizer/model/dates.ts";
import { parseMonth } from "../../normalizer/model/dates.ts";
import type { AccountPlace, PlaceRefusal } from "../../normalizer/store/account-place.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { SignedIn } from "../access/sessions.ts";
import { ApiError } from "./errors.ts";

export function refusePlace(refusal: PlaceRefusal, number: string): ApiError {
  const object = `Лицевой счёт ${number}`;
  return refusal === "UNKNOWN"
    ? new ApiError("NOT_FOUND", { object })
    : new ApiError("OUT_OF_SCOPE", { object });
}

/**
 * The account of a route's `:number`, or the coded refusal. A number of another organisation is
 * simply not found: the same number may exist in both, and its existence elsewhere is not told.
 */
export async function placeFor(
  database: Database,
  user: SignedIn,
  number: string,
): Promise<AccountPlace> {
  const place = await placeOf(database, user.scope, number);
  if (!place.ok) throw refusePlace(place.problem, number);
  return place.value;
}

/** The month of a query, "2026-01"; the schema has checked its form, not that it exists. */
export function monthOfQuery(text: string): Month {
  const month = parseMonth(text);
  if (month === null) throw new ApiError("REQUEST_INVALID", { detail: `нет месяца ${text}` });
  return month;
}
