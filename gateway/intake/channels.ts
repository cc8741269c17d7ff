import type { SourceAdapter } from "../../adapters/contract.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { invariant } from "../../normalizer/model/result.ts";

/** A configured way in: whose it is, and how its bytes are read. */
export interface IntakeChannel {
  /** Name of the channel in the configuration. */
  readonly id: string;
  readonly organisation: OrganisationId;
  readonly parse: SourceAdapter<unknown, unknown>["parse"];
  readonly profile: unknown;
}

export type IntakeChannels = ReadonlyMap<string, IntakeChannel>;

/** A message of the inbox names a channel that was taken out of the configuration: a defect of the operation. */
export function channelOf(channels: IntakeChannels, id: string): IntakeChannel {
  const channel = channels.get(id);
  invariant(
    channel !== undefined,
    `the inbox has messages of channel ${id}, which is not configured`,
  );
  return channel;
}
