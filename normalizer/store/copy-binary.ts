import { invariant } from "../model/result.ts";

/** Signature, flags and length of the extension, which is empty. */
const HEADER_BYTES = 19;
const LENGTH_BYTES = 4;
const COUNT_BYTES = 2;
const END = -1;
const HIGH = 4_294_967_296;

/**
 * Reads rows of COPY … TO STDOUT in the binary format from one buffer, field by field: for columns of bytes, which the
 * text format would send twice as long. No field may be NULL.
 */
export class BinaryReader {
  readonly #bytes: Buffer;
  #at = HEADER_BYTES;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Steps into the next row; false after the last one. */
  next(): boolean {
    const count = this.#bytes.readInt16BE(this.#at);
    this.#at += COUNT_BYTES;
    return count !== END;
  }

  integer(): number {
    this.#length(4);
    const value = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** @throws InvariantError beyond the safe range */
  bigint(): number {
    this.#length(8);
    const bytes = this.#bytes;
    const value = bytes.readInt32BE(this.#at) * HIGH + bytes.readUInt32BE(this.#at + 4);
    invariant(Number.isSafeInteger(value), `COPY: not a safe integer: ${value}`);
    this.#at += 8;
    return value;
  }

  /** A part of the buffer, not a copy. */
  bytes(): Buffer {
    const length = this.#length(null);
    const value = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  #length(expected: number | null): number {
    const length = this.#bytes.readInt32BE(this.#at);
    invariant(length >= 0 && (expected === null || length === expected), `COPY: ${length} bytes`);
    this.#at += LENGTH_BYTES;
    return length;
  }
}
