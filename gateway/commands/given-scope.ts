import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { RunScope } from "../../normalizer/store/run-scope.ts";
import { UsageError } from "../command.ts";
import { scopeOfText } from "../runs/scope-of-text.ts";

/**
 * Whom `--scope` names; everybody without it.
 *
 * @throws UsageError when it names nobody
 */
export async function givenScope(
  queryable: Queryable,
  organisation: OrganisationId,
  text = "all",
): Promise<RunScope> {
  const scope = await scopeOfText(queryable, organisation, text);
  if (!scope.ok) throw new UsageError(`--scope: ${scope.problem}`);
  return scope.value;
}
