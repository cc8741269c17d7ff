import { createHash, timingSafeEqual } from "node:crypto";

/**
 * An upload channel; the secret stands only in the environment, the configuration names its
 * variable.
 */
export interface ChannelCredential {
  readonly channel: string;
  readonly secret: string;
}

export const CHANNEL_SECRET_LENGTH_MIN = 16;

/** Same time whatever the texts hold; the hashes make the lengths equal. */
export function secretsEqual(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

/**
 * The channel whose secret the sender gave, or null: an unknown channel and a wrong secret answer
 * alike.
 */
export function channelOf(
  credentials: readonly ChannelCredential[],
  channel: string,
  givenSecret: string,
): string | null {
  const known = credentials.find((credential) => credential.channel === channel);
  const fits = secretsEqual(known?.secret ?? "", givenSecret);
  return known !== undefined && fits && givenSecret !== "" ? known.channel : null;
}
