import type { Connection, Submittable } from "pg";

/** What `pg` offers to a COPY and its types leave out. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
}

/**
 * One COPY … FROM STDIN of bytes that are already in memory: they go to the socket in one piece as soon as the server
 * is ready for them, without a stream that costs more than a small COPY itself.
 */
export class CopyIn implements Submittable {
  /** Number of rows copied. */
  readonly result: Promise<number>;
  readonly #text: string;
  readonly #chunks: readonly (Uint8Array | string)[];
  #resolve: (rows: number) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #rows = 0;

  constructor(text: string, chunks: readonly (Uint8Array | string)[]) {
    this.#text = text;
    this.#chunks = chunks;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever waits hears of it; without a waiter it must not end the process.
    this.result.catch(() => undefined);
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: Connection & CopyConnection): void {
    connection.stream.cork();
    for (const chunk of this.#chunks) {
      connection.sendCopyFromChunk(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    }
    connection.endCopyFrom();
    connection.stream.uncork();
  }

  /** @param message its text is "COPY n" */
  handleCommandComplete(message: { readonly text: string }): void {
    this.#rows = Number(message.text.split(" ")[1]);
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }
}
