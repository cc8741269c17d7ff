import type { OpenTarget, TargetAdapter } from "../../adapters/contract.ts";
import type { SlotTable } from "../../normalizer/model/facts.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import type { Projection } from "./projection.ts";
import type { ExchangeWindow } from "./windows.ts";

/** How messages go to one counterpart; `config/README.md` says what each is for. */
export interface DeliveryLimits {
  readonly zone: SlotTable;
  readonly windows: readonly ExchangeWindow[];
  /** Calls of the counterpart at once. */
  readonly concurrency: number;
  /** Null = without limit. */
  readonly messagesPerMinute: number | null;
  readonly breakerFailures: number;
  readonly breakerRestMs: number;
  readonly breakerRestMsMax: number;
  readonly retryMs: number;
  readonly retryMsMax: number;
  readonly maintenanceRestMs: number;
  /** After a lost answer; the counterpart may still be working on the message. */
  readonly readBackMs: number;
  /** Instead of the edge's own waits before polls; null = those. */
  readonly pollDelaysMs: readonly number[] | null;
}

/** A configured channel that we send on. */
export interface Destination {
  /** Id of the channel. */
  readonly id: string;
  readonly organisation: OrganisationId;
  readonly target: Pick<TargetAdapter<unknown>, "objects" | "pollDelaysMs" | "giveUpMs">;
  readonly open: OpenTarget;
  /** Null = nothing is sent by itself. */
  readonly projection: Projection | null;
  readonly limits: DeliveryLimits;
}

/** Where the work stands; a test kills the process there. */
export type DeliveryBoundary =
  | "projected shard"
  | "prepared"
  | "marked sent"
  | "answer received"
  | "accepted"
  | "polled"
  | "results stored"
  | "read back";
