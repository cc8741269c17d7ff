import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import type { Writable } from "node:stream";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createDeflate, createInflate } from "node:zlib";
import { StoreError } from "./store-error.ts";

/**
 * The container of a backup: one line that names the format, then zlib-compressed frames, encrypted
 * on request.
 *
 * A frame is a type (one ASCII letter), a length (4 bytes, big-endian) and that many bytes.
 * Encryption is AES-256-GCM in pieces of their own nonce (their number) and tag; the header of a
 * piece is authenticated with it and marks the last one, so that a cut, repeated or reordered
 * archive does not decrypt.
 */
export interface Frame {
  readonly type: FrameType;
  readonly bytes: Buffer;
}

/** J head of the archive, T table begins, D its rows as COPY text, E table ends, Z archive ends. */
export type FrameType = "J" | "T" | "D" | "E" | "Z";

const PLAIN = "energohub-backup 1\n";
const ENCRYPTED = "energohub-backup 1 aes-256-gcm\n";
const HEAD_BYTES_MAX = 64;
const FRAME_HEADER_BYTES = 5;
const FRAME_BYTES_MAX = 256 * 1024 * 1024;
const PIECE_BYTES = 65_536;
const PIECE_HEADER_BYTES = 4;
const LAST_PIECE = 0x8000_0000;
const SALT_BYTES = 16;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** 128 MiB and about half a second per guess of a passphrase. */
const SCRYPT = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
/** The fastest level: rows of numbers shrink nearly as much as at the default one. */
const LEVEL = 1;

const deriveKey = promisify<string, Buffer, number, typeof SCRYPT, Buffer>(scrypt);

/** @param passphrase null = not encrypted */
export async function writeArchive(
  frames: AsyncIterable<Frame>,
  output: Writable,
  passphrase: string | null,
): Promise<void> {
  const compressed = createDeflate({ level: LEVEL });
  if (passphrase === null) {
    output.write(PLAIN);
    await pipeline(frameBytes(frames), compressed, output);
    return;
  }
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(passphrase, salt, 32, SCRYPT);
  output.write(Buffer.concat([Buffer.from(ENCRYPTED), salt]));
  await pipeline(frameBytes(frames), compressed, (source) => encrypt(source, key), output);
}

/**
 * Frames of an archive.
 *
 * @throws StoreError on another format, a missing or wrong passphrase, or damaged bytes
 */
export async function* readArchive(
  input: AsyncIterable<Uint8Array>,
  passphrase: string | null,
): AsyncGenerator<Frame> {
  const source = new ByteReader(input);
  const head = await source.line(HEAD_BYTES_MAX);
  let plain: AsyncIterable<Uint8Array> = source.rest();
  if (head === ENCRYPTED) {
    if (passphrase === null) {
      throw new StoreError("Копия зашифрована: задайте пароль в HUB_BACKUP_PASSPHRASE.");
    }
    const key = await deriveKey(passphrase, await source.take(SALT_BYTES), 32, SCRYPT);
    plain = decrypt(source, key);
  } else if (head !== PLAIN) {
    throw new StoreError("Это не резервная копия energohub или копия другой версии формата.");
  }
  const inflate = createInflate();
  const feeding = pipeline(Readable.from(plain, { objectMode: false }), inflate);
  // Its failure is thrown below, where the frames are read; unheard it would end the process.
  feeding.catch(() => undefined);
  const frames = new ByteReader(inflate);
  try {
    for (;;) {
      const header = await frames.take(FRAME_HEADER_BYTES);
      const type = String.fromCharCode(header[0] ?? 0) as FrameType;
      const length = header.readUInt32BE(1);
      if (!"JTDEZ".includes(type) || length > FRAME_BYTES_MAX) throw damaged();
      yield { type, bytes: await frames.take(length) };
      if (type === "Z") break;
    }
    // What follows the end is only the checksum; reading on makes it be checked.
    for await (const bytes of frames.rest()) if (bytes.length > 0) throw damaged();
    await feeding;
  } catch (error) {
    throw error instanceof StoreError ? error : damaged(error);
  }
}

function damaged(cause?: unknown): StoreError {
  return new StoreError("Резервная копия повреждена или обрезана: возьмите другую.", { cause });
}

async function* frameBytes(frames: AsyncIterable<Frame>): AsyncGenerator<Buffer> {
  for await (const { type, bytes } of frames) {
    const header = Buffer.alloc(FRAME_HEADER_BYTES);
    header.write(type, 0, "latin1");
    header.writeUInt32BE(bytes.length, 1);
    yield header;
    yield bytes;
  }
}

async function* encrypt(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  const plain = new ByteReader(source);
  for (let piece = 0; ; piece++) {
    const bytes = await plain.takeUpTo(PIECE_BYTES);
    const last = bytes.length < PIECE_BYTES;
    const header = Buffer.alloc(PIECE_HEADER_BYTES);
    header.writeUInt32BE(last ? bytes.length + LAST_PIECE : bytes.length);
    const cipher = createCipheriv("aes-256-gcm", key, nonce(piece)).setAAD(header);
    yield Buffer.concat([header, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    if (last) return;
  }
}

async function* decrypt(source: ByteReader, key: Buffer): AsyncGenerator<Buffer> {
  for (let piece = 0; ; piece++) {
    const header = await source.take(PIECE_HEADER_BYTES);
    const word = header.readUInt32BE();
    const last = word >= LAST_PIECE;
    const length = last ? word - LAST_PIECE : word;
    if (length > PIECE_BYTES) throw damaged();
    const bytes = await source.take(length);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce(piece), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(header).setAuthTag(await source.take(TAG_BYTES));
    let plain: Buffer;
    try {
      plain = Buffer.concat([decipher.update(bytes), decipher.final()]);
    } catch (cause) {
      throw new StoreError("Резервная копия повреждена, или пароль не тот.", { cause });
    }
    yield plain;
    if (last) return;
  }
}

function nonce(piece: number): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUIntBE(piece, NONCE_BYTES - 6, 6);
  return bytes;
}

/** Takes a stream apart by counted bytes. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes. @throws StoreError when the stream ends before */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.takeUpTo(length);
    if (bytes.length < length) throw damaged();
    return bytes;
  }

  /** `length` bytes, fewer only at the end of the stream. */
  async takeUpTo(length: number): Promise<Buffer> {
    const gathered = [this.#held];
    let size = this.#held.length;
    while (size < length) {
      const next = await this.#source.next();
      if (next.done === true) break;
      const bytes = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
      gathered.push(bytes);
      size += bytes.length;
    }
    const all = gathered.length === 1 ? this.#held : Buffer.concat(gathered);
    this.#held = all.subarray(length);
    return all.subarray(0, length);
  }

  /** Up to and with the line feed; what fits where there is none. */
  async line(lengthMax: number): Promise<string> {
    const bytes = await this.takeUpTo(lengthMax);
    const end = bytes.indexOf(10) + 1;
    this.#held = Buffer.concat([bytes.subarray(end), this.#held]);
    return bytes.subarray(0, end).toString("latin1");
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#held.length > 0) yield this.#held;
    this.#held = Buffer.alloc(0);
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
}
