import { parseArgs } from "node:util";
import type { Month } from "../../normalizer/model/dates.ts";
import type { AccountPlace } from "../../normalizer/store/account-place.ts";
import { placeOf } from "../../normalizer/store/account-place.ts";
import type { Store } from "../../normalizer/store/open.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import type { CommandContext } from "../command.ts";
import { EXIT_FAILED, UsageError } from "../command.ts";
import { givenMonth } from "./bill.ts";
import { givenOrganisation, STORE_OPTIONS, withStore } from "./given-store.ts";

/** One account and one month of an open store: what most commands about a bill are given. */
export interface AccountMonth {
  readonly store: Store;
  readonly scope: Scope;
  readonly place: AccountPlace;
  readonly month: Month;
  /** The result is to be one JSON value. */
  readonly json: boolean;
}

/**
 * Does `work` for the account and month of a call «КОМАНДА ЛИЦЕВОЙ_СЧЁТ --month ГГГГ-ММ».
 *
 * @param option name of the option that holds the month
 * @returns exit code of the work; EXIT_FAILED, with a note, when nobody has the account
 * @throws UsageError when the call is not of that form
 */
export async function withAccountMonth(
  args: readonly string[],
  context: CommandContext,
  command: string,
  option: "month" | "period",
  work: (given: AccountMonth) => Promise<number>,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...STORE_OPTIONS, [option]: { type: "string" } as const },
  });
  const [number, ...rest] = positionals;
  if (number === undefined || rest.length > 0) throw new UsageError("Нужен один лицевой счёт");
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const text = given[option];
  const month = givenMonth(typeof text === "string" ? text : undefined, `--${option}`);
  return withStore(context, values, command, async (store) => {
    const organisation = await givenOrganisation(store, values.organisation);
    const scope: Scope = { organisation, districts: null };
    const place = await placeOf(store.hub, scope, number);
    if (!place.ok) {
      context.note(`Лицевого счёта ${number} нет.`);
      return EXIT_FAILED;
    }
    return work({ store, scope, place: place.value, month, json: values.json === true });
  });
}
