import type { Day } from "../../../normalizer/model/dates.ts";
import type { FactBodies, FactKind } from "../../../normalizer/model/fact-bodies.ts";
import type { MessageId, OrganisationId, SiteId } from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { insertFacts } from "../../../normalizer/store/facts.ts";
import { inShard } from "../../../normalizer/store/shard-transaction.ts";

/** Before the first of the real files, so that a mapping holds for all of them. */
export const LONG_AGO = 13_149 as Day;

export interface CommonFact<Kind extends FactKind = FactKind> {
  readonly kind: Kind;
  readonly subject: string;
  readonly body: FactBodies[Kind];
}

/** What the supplier's clerk enters in common on a ground of her own: a mapping, a partner. */
export async function enterInCommon(
  database: Database,
  organisation: OrganisationId,
  ground: string,
  message: MessageId,
  facts: readonly CommonFact[],
): Promise<void> {
  await inShard(database, COMMON_SHARD, (common) =>
    insertFacts(
      common,
      facts.map((fact) => ({
        ...fact,
        site: 0 as SiteId,
        organisation,
        from: LONG_AGO,
        to: null,
        message,
        at: 0,
        author: "klerk",
        ground,
      })),
    ),
  );
}
