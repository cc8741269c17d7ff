import type { Destination } from "../../head-end/sender.ts";
import { upload } from "../../head-end/sender.ts";
import type { HubHandle } from "./hub-handle.ts";
import type { Order } from "./hub-process.ts";

/** Part of a play, by which kills are chosen. */
export type Phase =
  | "intake"
  | "bill"
  | "approve"
  | "close"
  | "accounts"
  | "documents"
  | "statements";

/** One thing that is done until it succeeds; after a kill it is done again. */
export interface Step {
  readonly name: string;
  readonly phase: Phase;
  /** Where many steps are alike, so that each has its kills; absent = as many as the phase has left. */
  readonly killsMax?: number;
  act(hub: HubHandle): Promise<void>;
}

/** A file for a channel of the hub. */
export interface SentFile {
  readonly channel: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function orderStep(phase: Phase, order: Order): Step {
  return { name: JSON.stringify(order), phase, act: (hub) => hub.carryOut(order) };
}

/** Sends a file by HTTP, and waits for its end. */
export function uploadStep(phase: Phase, secret: string, file: SentFile): Step {
  return {
    name: file.name,
    phase,
    async act(hub) {
      await mustUpload(destination(hub, file.channel, secret), file.name, file.bytes);
      await hub.carryOut({ order: "settle" });
    },
  };
}

export async function mustUpload(to: Destination, name: string, bytes: Uint8Array): Promise<void> {
  const { status, body } = await upload(to, name, bytes);
  if (status !== 200) throw new Error(`${name}: ${status} ${body}`);
}

export function destination(hub: HubHandle, channel: string, secret: string): Destination {
  return { origin: hub.origin, channel, credential: secret };
}
