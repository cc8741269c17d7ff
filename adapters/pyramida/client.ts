import { createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Capture, OpenSource, Receipt, SourceContext, Upload } from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import { PART_BYTES_MAX, partsOf, openFolder as watchFolder } from "../shared/folder.ts";
import type { PyramidaConfig } from "./config.ts";
import type { ZipLimits } from "./zip.ts";
import { DEFAULT_ZIP_LIMITS, isZip, openZip } from "./zip.ts";

const DEFAULT_UPLOAD_BYTES_MAX = 64 * PART_BYTES_MAX;

export function zipLimits(config: PyramidaConfig): ZipLimits {
  return { ...DEFAULT_ZIP_LIMITS, ...config.archive };
}

/** Watches the configured folder; without one the channel only takes uploads. */
export function openFolder(config: PyramidaConfig, context: SourceContext): Promise<OpenSource> {
  return watchFolder(config, context, ({ path, name, envelope }) =>
    acceptFile(path, name, envelope, config, context),
  );
}

/**
 * Takes the body of an upload. Resolves with the receipts once everything is committed: only then
 * may the sender hear a 2xx. A zip becomes one capture per entry, all in one commit.
 *
 * @param upload name as the sender gave it; a path before it is cut off
 * @throws DeliveryError LIMIT_EXCEEDED (HTTP 413) when the body outgrows `uploadBytesMax`
 */
export async function acceptUpload(
  upload: Upload,
  config: PyramidaConfig,
  context: SourceContext,
): Promise<readonly Receipt[]> {
  const spool = await mkdtemp(join(tmpdir(), "hub-upload-"));
  try {
    const path = join(spool, "body");
    const bytesMax = config.uploadBytesMax ?? DEFAULT_UPLOAD_BYTES_MAX;
    const spooled = createWriteStream(path, { mode: 0o600 });
    await pipeline(upload.bytes, (bytes) => limited(bytes, bytesMax), spooled);
    const name = upload.name.replace(/^.*[/\\]/s, "");
    return await acceptFile(path, name, upload.envelope, config, context);
  } finally {
    await rm(spool, { recursive: true, force: true });
  }
}

async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncIterable<Uint8Array> {
  let length = 0;
  for await (const piece of bytes) {
    length += piece.length;
    if (length > bytesMax) {
      throw new DeliveryError("LIMIT_EXCEEDED", "park", `upload of more than ${bytesMax} bytes`);
    }
    yield piece;
  }
}

async function acceptFile(
  path: string,
  name: string,
  envelope: Readonly<Record<string, string>>,
  config: PyramidaConfig,
  context: SourceContext,
): Promise<readonly Receipt[]> {
  const receivedAtMs = Date.now();
  const whole: Capture = { name, receivedAtMs, parts: partsOf(path), envelope };
  if (!(await startsAsZip(path))) return context.accept([whole]);
  const archive = await openZip({ path }, zipLimits(config));
  // An archive that is refused is kept as it came: parse says why, and a person sees it.
  if (!archive.ok) return context.accept([whole]);
  try {
    const captures = archive.value.entries.map((entry) => ({
      name: entry.name,
      receivedAtMs,
      parts: cut(entry.bytes()),
      envelope: { ...envelope, archive: name },
    }));
    return await context.accept(captures);
  } finally {
    archive.value.close();
  }
}

async function startsAsZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return isZip(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** Small pieces of an unpacked entry joined to parts: each part is a row of the inbox. */
async function* cut(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    if (length + piece.length > PART_BYTES_MAX) {
      yield Buffer.concat(pieces);
      pieces = [];
      length = 0;
    }
    pieces.push(piece);
    length += piece.length;
  }
  if (length > 0) yield Buffer.concat(pieces);
}
