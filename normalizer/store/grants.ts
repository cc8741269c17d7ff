/** What the hub's role may do with a table beyond SELECT and INSERT. */
export interface TableRights {
  /** Columns that it may update; "all" for derived and working tables. */
  readonly update?: readonly string[] | "all";
  /** Only for working tables that hold no fact. */
  readonly delete?: true;
  /** Nothing but SELECT. */
  readonly readOnly?: true;
  /** Nothing at all. */
  readonly none?: true;
}

/**
 * Rights of the hub's role. A table that is not named here may be read and added to, never changed:
 * that is how a fact stays what it was. Partitions are reached through their parent.
 */
export const HUB_RIGHTS: Readonly<Record<string, TableRights>> = {
  hub_access: { none: true },
  schema_migration: { readOnly: true },
  shard_counter: { update: ["seq"] },
  fact: { update: ["end_seq"] },
  reading: { update: ["end_seq"] },
  held_reading: { update: ["decision", "decided_seq", "author", "ground", "decided_message"] },
  message: { update: ["state", "outcome"] },
  waiting_record: { update: ["taken"] },
  document: { update: ["done"] },
  run_chunk: { update: ["state", "worker", "accounts", "lines", "done_at"] },
  run_control: { update: ["wanted", "author", "at"] },
  interval_day: { update: "all", delete: true },
  household_site: { update: "all", delete: true },
  delivery: { update: "all" },
  delivery_cursor: { update: ["run_seq", "seq"] },
  exchange: {
    update: [
      "foreign_message",
      "state",
      "answer",
      "polls",
      "next_at",
      "sent_at",
      "ended_at",
      "code",
      "text",
    ],
  },
  exchange_object: { update: ["outcome", "code", "foreign_code", "text"] },
  destination_state: { update: "all" },
};
