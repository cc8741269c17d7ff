import type { Problem } from "../../normalizer/model/problems.ts";
import type { Parsed, ParseInput } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { XmlDecoder } from "./decode.ts";
import { MessageReader } from "./message.ts";
import { Refusal, refuse } from "./refusal.ts";
import { Scanner } from "./scan.ts";
import { DEFAULT_ZIP_LIMITS, isZip, openZip } from "./zip.ts";

/** Text handed to the scanner at once; a part of a capture may be larger. */
const PIECE_BYTES_MAX = 64 * 1024;

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
    for await (const part of input.bytes) {
      if (reading.isUntouched && archive === null && isZip(part)) archive = [];
      if (archive !== null) {
        archive.push(part);
        reading.countArchive(part.length);
        continue;
      }
      for (let from = 0; from < part.length; from += PIECE_BYTES_MAX) {
        reading.write(part.subarray(from, from + PIECE_BYTES_MAX));
        yield* reading.taken();
      }
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

class Reading {
  isUntouched = true;
  readonly #profile: PyramidaProfile;
  readonly #reader: MessageReader;
  readonly #decoder: XmlDecoder;
  #scanner: Scanner | null = null;
  #archiveBytes = 0;

  constructor({ name, profile }: ParseInput<PyramidaProfile>) {
    this.#profile = profile;
    this.#reader = new MessageReader(name, profile);
    this.#decoder = new XmlDecoder(profile.sizeBytesMax);
  }

  write(piece: Uint8Array): void {
    this.isUntouched = false;
    this.#scan(this.#decoder.write(piece));
  }

  end(): void {
    this.#scan(this.#decoder.end());
    // Without a scanner there was no text at all, and an empty document is not well-formed.
    (this.#scanner ?? this.#createScanner()).end();
    this.#reader.end();
  }

  /** What has been read since the last call. */
  taken(): readonly Parsed[] {
    const { parsed } = this.#reader;
    if (parsed.length > 0) this.#reader.parsed = [];
    return parsed;
  }

  countArchive(bytes: number): void {
    this.#archiveBytes += bytes;
    const max = this.#profile.sizeBytesMax;
    if (this.#archiveBytes > max) {
      refuse("LIMIT_EXCEEDED", "archive", { limit: "размер архива", allowed: `${max} байт` });
    }
  }

  #scan(text: string): void {
    if (text === "") return;
    this.#scanner ??= this.#createScanner();
    this.#scanner.write(text);
  }

  #createScanner(): Scanner {
    const byteLength = (text: string) => this.#decoder.byteLength(text);
    const { markBytes } = this.#decoder;
    return new Scanner(this.#reader, byteLength, markBytes, this.#profile.depthMax);
  }
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
