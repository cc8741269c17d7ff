import type { Socket } from "node:net";
import type { Connection, Submittable } from "pg";
import { invariant } from "../model/result.ts";

const HEADER_BYTES = 5;
const FIRST_BYTES = 1 << 18;
const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const ERROR_RESPONSE = 0x45;

/**
 * One COPY … TO STDOUT into one buffer. The server sends a message per row, and an event or a chunk per message costs more
 * than the row: for the length of the statement this reads the socket itself and copies the payloads together; what
 * follows the last row, and every error, goes on to pg. For results that fit in memory: a chunk of a run.
 */
export class CopyOut implements Submittable {
  readonly result: Promise<Buffer>;
  readonly #text: string;
  #resolve: (bytes: Buffer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #socket: Socket | null = null;
  #forward: ((chunk: Buffer) => void) | null = null;
  readonly #listener = (chunk: Buffer) => this.#take(chunk);
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerLength = 0;
  #code = 0;
  /** Bytes of the current message that are still to come. */
  #rest = 0;

  constructor(text: string) {
    this.#text = text;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits hears of it; without a waiter it must not end the process.
    this.result.catch(() => undefined);
  }

  submit(connection: Connection): void {
    const socket = connection.stream as Socket;
    const [forward, ...others] = socket.listeners("data") as ((chunk: Buffer) => void)[];
    invariant(forward !== undefined && others.length === 0, "pg no longer reads its socket so");
    this.#socket = socket;
    this.#forward = forward;
    socket.removeListener("data", forward);
    socket.on("data", this.#listener);
    connection.query(this.#text);
  }

  handleError(error: Error): void {
    this.#release();
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#bytes.subarray(0, this.#length));
  }

  handleCommandComplete(): void {
    // pg calls it with the number of rows, which the reader finds by itself.
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const end = Math.min(at + this.#rest, chunk.length);
        if (this.#code === COPY_DATA) this.#append(chunk, at, end);
        this.#rest -= end - at;
        at = end;
        continue;
      }
      const taken = Math.min(HEADER_BYTES - this.#headerLength, chunk.length - at);
      chunk.copy(this.#header, this.#headerLength, at, at + taken);
      this.#headerLength += taken;
      at += taken;
      if (this.#headerLength < HEADER_BYTES) return;
      this.#headerLength = 0;
      this.#code = this.#header[0] ?? 0;
      this.#rest = this.#header.readInt32BE(1) - 4;
      if (this.#code === COPY_DONE || this.#code === ERROR_RESPONSE) {
        const rest = chunk.subarray(at);
        this.#handOver(this.#code === COPY_DONE ? rest : Buffer.concat([this.#header, rest]));
        return;
      }
    }
  }

  #append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, needed));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length, start, end);
    this.#length = needed;
  }

  #handOver(rest: Buffer): void {
    const forward = this.#forward;
    this.#release();
    if (rest.length > 0) forward?.(rest);
  }

  #release(): void {
    if (this.#socket === null || this.#forward === null) return;
    this.#socket.removeListener("data", this.#listener);
    this.#socket.on("data", this.#forward);
    this.#socket = null;
    this.#forward = null;
  }
}
