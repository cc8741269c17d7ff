import type { Origin } from "../../normalizer/model/ids.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { ReadingDecisionRecord } from "../../normalizer/model/records.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import { readHeldAt } from "../../normalizer/store/held-readings.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { PlannedDecision } from "./reading-legs.ts";

/** What persons say of held readings in one message, and what is said of readings nobody kept. */
export interface DecisionPlan {
  readonly decisions: readonly PlannedDecision[];
  readonly problems: readonly Problem[];
}

/** Finds the readings that the words are about. What became of them meanwhile, the leg looks again. */
export async function planDecisions(
  queryable: Queryable,
  { organisation }: InboxMessage,
  records: readonly ReadingDecisionRecord[],
): Promise<DecisionPlan> {
  const places = records.map(({ reading }) => reading as Origin);
  const kept = await readHeldAt(queryable, organisation, places);
  const decisions: PlannedDecision[] = [];
  const problems: Problem[] = [];
  for (const record of records) {
    const { message, at } = record.reading;
    const held = kept.find((one) => one.message === message && one.at === at);
    if (held !== undefined) decisions.push({ record, held });
    else {
      const document = `${message}:${at}`;
      problems.push({
        ...{ code: "UNKNOWN_DOCUMENT", at: String(record.at), object: document },
        values: { document },
      });
    }
  }
  return { decisions, problems };
}
