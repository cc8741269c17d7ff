import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { CheckedArchive } from "./check-archive.ts";
import { checkArchive } from "./check-archive.ts";
import type { CheckedFile, CheckRequest } from "./check-file.ts";
import { checkFile } from "./check-file.ts";

const PART_BYTES_MAX = 64 * 1024;

/** Everything about a check but the bytes. */
export type PathCheck = Omit<CheckRequest, "bytes" | "sha256">;

/** Checks a file of this machine; a zip is checked entry by entry. */
export async function checkPath(
  path: string,
  given: PathCheck,
): Promise<CheckedFile | CheckedArchive> {
  const request = { ...given, sha256: await sha256Of(path) };
  if (given.adapter.kind === "pyramida") {
    const { isZip, openZip, zipLimits } = await import("../../adapters/pyramida/index.ts");
    if (isZip(await firstBytes(path))) {
      const archive = await openZip({ path }, zipLimits({}));
      if (archive.ok) {
        try {
          return await checkArchive(request, archive.value.entries);
        } finally {
          archive.value.close();
        }
      }
    }
  }
  // A refused archive too: the edge's own reader says what is wrong with it.
  return checkFile({ ...request, bytes: partsOf(path) });
}

/**
 * Checks bytes while they come. They lie in a temporary file until the answer, because a zip is
 * read from its end; nothing of them is kept.
 *
 * @throws what `bytes` throws
 */
export async function checkStream(
  bytes: AsyncIterable<Uint8Array>,
  given: PathCheck,
): Promise<CheckedFile | CheckedArchive> {
  const spool = await mkdtemp(join(tmpdir(), "hub-check-"));
  try {
    const path = join(spool, "body");
    await pipeline(bytes, createWriteStream(path, { mode: 0o600 }));
    return await checkPath(path, given);
  } finally {
    await rm(spool, { recursive: true, force: true });
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path);
  try {
    // One buffer for the whole file: buffers of a stream pile up until the collector comes round.
    const buffer = Buffer.alloc(PART_BYTES_MAX);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* partsOf(path: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: PART_BYTES_MAX }) as AsyncIterable<Buffer>;
}
