import type { OrganisationId, Origin } from "../../normalizer/model/ids.ts";
import type { ReadingDecision } from "../../normalizer/model/records.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { readHeldAt } from "../../normalizer/store/held-readings.ts";
import type { EnteredAtDesk } from "./desk.ts";
import { enterAtDesk } from "./desk.ts";

/** A person says what becomes of a held reading. */
export interface DecisionRequest {
  readonly organisation: OrganisationId;
  /** Where the reading was read. */
  readonly reading: { readonly message: number; readonly at: number };
  readonly decision: ReadingDecision;
  readonly author: string;
  readonly ground: string;
  readonly receivedAtMs: number;
}

export interface Decided extends EnteredAtDesk {
  /** False: the reading is as it was, and the problems say why. */
  readonly isTaken: boolean;
}

/** Takes what a person said of a reading to its end. */
export async function decideHeld(
  database: Database,
  { organisation, receivedAtMs, decision, author, ground, ...said }: DecisionRequest,
): Promise<Decided> {
  const reading = { message: said.reading.message, at: said.reading.at };
  const enteredAt = new Date(receivedAtMs).toISOString();
  const done = await enterAtDesk(database, {
    organisation,
    name: `reading-${reading.message}-${reading.at}`,
    said: { kind: "reading-decision", reading, decision, author, ground, enteredAt },
    author,
    receivedAtMs,
  });
  const [held] = await readHeldAt(database, organisation, [reading as Origin]);
  return { ...done, isTaken: held?.decision?.message === done.message.message };
}
