import type { SourceAdapter } from "../../adapters/contract.ts";
import { adapter as desk } from "../../adapters/desk/index.ts";
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

/** Channel of what people of an organisation enter; it is there without being configured. */
export function deskChannel(organisation: OrganisationId): IntakeChannel {
  return {
    id: `desk-${organisation}`,
    organisation,
    parse: desk.parse as IntakeChannel["parse"],
    profile: {},
  };
}

const DESK_CHANNEL = /^desk-(\d{1,9})$/;

/** A message of the inbox names a channel that was taken out of the configuration: a defect of the operation. */
export function channelOf(channels: IntakeChannels, id: string): IntakeChannel {
  const [, organisation] = DESK_CHANNEL.exec(id) ?? [];
  const channel =
    channels.get(id) ??
    (organisation === undefined ? undefined : deskChannel(Number(organisation) as OrganisationId));
  invariant(
    channel !== undefined,
    `the inbox has messages of channel ${id}, which is not configured`,
  );
  return channel;
}
