import type { Parsed, ParseInput } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { XmlDecoder } from "./decode.ts";
import { MessageReader } from "./message.ts";
import { refuse } from "./refusal.ts";
import { Scanner } from "./scan.ts";

/** One message on its way from bytes to `Parsed`; every method may throw a Refusal. */
export class Reading {
  isUntouched = true;
  readonly #profile: PyramidaProfile;
  readonly #reader: MessageReader;
  readonly #decoder: XmlDecoder;
  #scanner: Scanner | null = null;
  #archiveBytes = 0;

  constructor({ name, profile }: Omit<ParseInput<PyramidaProfile>, "bytes">) {
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
