import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";

/** A part of a message as it stands in capture_part. */
export interface StoredPart {
  readonly bytes: Uint8Array;
  /** Size of the part before it was deflated; null = it stands as it came. */
  readonly inflated_bytes: number | null;
}

export const PART_BYTES_MAX = 1_048_576;
/** Below it the server's own handling of small values is as good. */
const DEFLATE_BYTES_MIN = 2048;
/** XML shrinks by 15 at the fastest level, and faster than the server would store it as it came. */
const LEVEL = 1;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Deflates a part where that pays; archives and pictures stay as they came. */
export async function packPart(bytes: Uint8Array): Promise<StoredPart> {
  if (bytes.length < DEFLATE_BYTES_MIN) return { bytes, inflated_bytes: null };
  const deflated = await deflate(bytes, { level: LEVEL });
  if (deflated.length > bytes.length * 0.75) return { bytes, inflated_bytes: null };
  return { bytes: deflated, inflated_bytes: bytes.length };
}

/** The bytes of the part as they came. Rejects when what is stored cannot be inflated: it was altered. */
export async function unpackPart(part: StoredPart): Promise<Uint8Array> {
  if (part.inflated_bytes === null) return part.bytes;
  return inflate(part.bytes, { maxOutputLength: PART_BYTES_MAX });
}
