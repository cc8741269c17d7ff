import type { Problem } from "../../normalizer/model/problems.ts";
import type { Parsed, ParseInput } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { Reading } from "./reading.ts";
import { Refusal } from "./refusal.ts";
import { DEFAULT_ZIP_LIMITS, isZip, openZip } from "./zip.ts";

/**
 * Bytes are read in blocks of this size at fixed places, whatever the parts of the capture: which
 * of several faults is met first must not depend on how the bytes came.
 */
const BLOCK_BYTES = 16 * 1024;

/**
 * Reads one message of class 80020 (metering.md 1.1–1.3), holding one piece of it and one channel
 * at a time.
 *
 * Yields the header, then a record per channel. A message that is refused or quarantined says so by
 * a problem with that outcome, which may come after records: nothing of a message counts before its
 * end.
 */
export async function* parse(input: ParseInput<PyramidaProfile>): AsyncIterable<Parsed> {
  const reading = new Reading(input);
  let archive: Uint8Array[] | null = null;
  try {
    for await (const block of blocksOf(input.bytes)) {
      if (reading.isUntouched && archive === null && isZip(block)) archive = [];
      if (archive !== null) {
        archive.push(block);
        reading.countArchive(block.length);
        continue;
      }
      reading.write(block);
      yield* reading.taken();
    }
    if (archive !== null) {
      const problem = await archiveProblem(Buffer.concat(archive), input.profile.sizeBytesMax);
      yield { kind: "problem", problem, outcome: "rejected" };
      return;
    }
    reading.end();
    yield* reading.taken();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    yield* reading.taken();
    yield error.parsed;
  }
}

async function* blocksOf(parts: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const part of parts) {
    let from = 0;
    while (heldBytes + part.length - from >= BLOCK_BYTES) {
      const to = from + BLOCK_BYTES - heldBytes;
      const rest = part.subarray(from, to);
      yield held.length === 0 ? rest : Buffer.concat([...held, rest]);
      held = [];
      heldBytes = 0;
      from = to;
    }
    if (from < part.length) {
      held.push(part.subarray(from));
      heldBytes += part.length - from;
    }
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/**
 * A zip reaches parse whole only when the way in has refused to unpack it: the same inspection says
 * why.
 */
async function archiveProblem(bytes: Uint8Array, entryBytesMax: number): Promise<Problem> {
  const archive = await openZip({ bytes }, { ...DEFAULT_ZIP_LIMITS, entryBytesMax });
  if (!archive.ok) return archive.problem;
  archive.value.close();
  const values = { reason: "архив принят целиком, загрузите его ещё раз" };
  return { code: "ARCHIVE_INVALID", at: "archive", values };
}
