import type { AccountId, OrganisationId, Seq, Shard } from "../../normalizer/model/ids.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { KnownRun } from "../../normalizer/store/posted.ts";

/** What a counterpart is to have of one object. The same state derived again must be equal, to the byte of its JSON. */
export interface DesiredState {
  /** Key of the object, for ever the same: "account/17", "payment-document/17/2026-01". Unique in the destination. */
  readonly object: string;
  /** A key of the target's `objects`. */
  readonly kind: string;
  /** Account whose page shows the delivery; null = it is of none. */
  readonly account: AccountId | null;
  /** Keys of the objects that must stand at the counterpart before; in the same shard of the same destination. */
  readonly needs: readonly string[];
  /** Typed in normalizer/model/outbound.ts by kind; JSON: no undefined, no Map. */
  readonly content: object;
}

/** What is new in one shard since the destination's projector looked last. */
export interface ProjectionContext {
  /** Reads only; the engine stores the rows and moves its cursor in the same transaction. */
  readonly transaction: Transaction;
  readonly destination: string;
  readonly organisation: OrganisationId;
  /** 256 = common: what is of no site (refunds of unrecognised money, acknowledgements). */
  readonly shard: Shard;
  /** Approved since, in the order of their approval. */
  readonly runs: readonly KnownRun[];
  /** Facts, payments and entries of the shard that are new: after < seq <= upTo. */
  readonly after: Seq;
  readonly upTo: Seq;
}

/**
 * Desired states of the objects that the news of a shard touch: all of them, also those that come out as they were
 * (equal content makes no delivery). An object that two runs touch stands once, in its last state. Called again with
 * the same news after a crash.
 */
export type Projection = (context: ProjectionContext) => Promise<readonly DesiredState[]>;
