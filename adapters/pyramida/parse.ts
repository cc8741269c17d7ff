import type { Parsed, ParseInput } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { XmlDecoder } from "./decode.ts";
import { MessageReader } from "./message.ts";
import { Refusal } from "./refusal.ts";
import { Scanner } from "./scan.ts";

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
  const reader = new MessageReader(input.name, input.profile);
  const decoder = new XmlDecoder(input.profile.sizeBytesMax);
  let scanner: Scanner | null = null;
  const scan = (text: string) => {
    if (text === "") return;
    scanner ??= new Scanner(
      reader,
      (slice) => decoder.byteLength(slice),
      decoder.markBytes,
      input.profile.depthMax,
    );
    scanner.write(text);
  };
  const steps = [
    () => scan(decoder.end()),
    () => (scanner ?? new Scanner(reader, (slice) => slice.length, 0, 1)).end(),
    () => reader.end(),
  ];
  try {
    for await (const part of input.bytes) {
      for (let from = 0; from < part.length; from += PIECE_BYTES_MAX) {
        scan(decoder.write(part.subarray(from, from + PIECE_BYTES_MAX)));
        yield* taken(reader);
      }
    }
    for (const step of steps) {
      step();
      yield* taken(reader);
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    yield* taken(reader);
    yield error.parsed;
  }
}

function taken(reader: MessageReader): readonly Parsed[] {
  const { parsed } = reader;
  if (parsed.length > 0) reader.parsed = [];
  return parsed;
}
