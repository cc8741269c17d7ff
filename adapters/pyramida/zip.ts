import type { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { fromBufferPromise, openPromise } from "yauzl";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { Result } from "../../normalizer/model/result.ts";

export interface ZipLimits {
  readonly entriesMax: number;
  /** Unpacked to packed size of the whole archive. */
  readonly ratioMax: number;
  readonly entryBytesMax: number;
}

export const DEFAULT_ZIP_LIMITS: ZipLimits = {
  entriesMax: 400,
  ratioMax: 100,
  entryBytesMax: 64 * 1024 * 1024,
};

export interface UnpackedEntry {
  readonly name: string;
  /** The entry's bytes, unpacked while they are read. */
  bytes(): AsyncIterable<Uint8Array>;
}

export interface OpenArchive {
  readonly entries: readonly UnpackedEntry[];
  close(): void;
}

const ENCRYPTED_FLAG = 1;
const UTF8_NAME_FLAG = 0x800;
const STORED = 0;
const DEFLATED = 8;
/** First bytes of zip, rar, 7z, gzip: an archive inside an archive is never unpacked. */
const ARCHIVE_MARKS = ["504b0304", "504b0506", "52617221", "377abcaf", "1f8b"];
const ARCHIVE_NAME = /\.(?:zip|rar|7z|gz|tgz|tar|bz2|xz)$/i;

export function isZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head;
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/**
 * Opens a zip and reads it once to its end, counting: only an archive that keeps every limit, has
 * no path outside itself, no password, no archive inside and no broken entry is handed out. The
 * sizes that it declares are not believed.
 */
export async function openZip(
  source: { readonly path: string } | { readonly bytes: Uint8Array },
  limits: ZipLimits,
): Promise<Result<OpenArchive, Problem>> {
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
  let zip: ZipFile | null = null;
  try {
    zip =
      "path" in source
        ? await openPromise(source.path, options)
        : await fromBufferPromise(Buffer.from(source.bytes), options);
    const entries = await inspect(zip, limits);
    const open = zip;
    return { ok: true, value: { entries, close: () => open.close() } };
  } catch (error) {
    zip?.close();
    if (error instanceof ArchiveRefused) return { ok: false, problem: error.problem };
    // A disk that fails is no broken archive.
    if (error instanceof Error && "syscall" in error) throw error;
    const reason = "архив повреждён или обрезан";
    return { ok: false, problem: archiveProblem("ARCHIVE_INVALID", "archive", { reason }) };
  }
}

class ArchiveRefused extends Error {
  override readonly name = "ArchiveRefused";
  readonly problem: Problem;
  constructor(code: ProblemCode, at: string, values: Readonly<Record<string, string>>) {
    super(code);
    this.problem = archiveProblem(code, at, values);
  }
}

function archiveProblem(
  code: ProblemCode,
  at: string,
  values: Readonly<Record<string, string>>,
): Problem {
  return { code, at: at.slice(0, 200), values };
}

async function inspect(zip: ZipFile, limits: ZipLimits): Promise<UnpackedEntry[]> {
  if (zip.entryCount > limits.entriesMax) {
    throw new ArchiveRefused("LIMIT_EXCEEDED", "archive", {
      limit: "число файлов в архиве",
      given: String(zip.entryCount),
      allowed: String(limits.entriesMax),
    });
  }
  const entries: UnpackedEntry[] = [];
  const unpackedBytesMax = zip.fileSize * limits.ratioMax;
  let unpackedBytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = nameOf(entry);
    checkEntry(entry, name);
    if (name.endsWith("/")) continue;
    unpackedBytes += await checkContent(zip, entry, name, {
      entryBytesMax: limits.entryBytesMax,
      restBytesMax: unpackedBytesMax - unpackedBytes,
      ratioMax: limits.ratioMax,
    });
    entries.push({ name, bytes: () => unpack(zip, entry) });
  }
  if (entries.length === 0) throw new ArchiveRefused("NO_RECORDS", "archive", {});
  return entries;
}

function checkEntry(entry: Entry, name: string): void {
  const refuse = (reason: string): never => {
    throw new ArchiveRefused("ARCHIVE_INVALID", name, { reason });
  };
  if (name === "" || name.includes("\0")) refuse("имя файла пусто или испорчено");
  const steps = name.split(/[/\\]/);
  if (steps.includes("..") || /^(?:[/\\]|[A-Za-z]:)/.test(name)) {
    refuse("путь ведёт за пределы архива");
  }
  if ((entry.generalPurposeBitFlag & ENCRYPTED_FLAG) !== 0) refuse("архив с паролем");
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    refuse(`способ сжатия ${entry.compressionMethod}`);
  }
  if (ARCHIVE_NAME.test(name)) refuse("архив внутри архива");
}

async function* unpack(zip: ZipFile, entry: Entry): AsyncIterable<Uint8Array> {
  const stream: Readable = await zip.openReadStreamPromise(entry);
  yield* stream as AsyncIterable<Uint8Array>;
}

/** Unpacks the entry to nowhere. @returns its real size */
async function checkContent(
  zip: ZipFile,
  entry: Entry,
  name: string,
  limits: {
    readonly entryBytesMax: number;
    readonly restBytesMax: number;
    readonly ratioMax: number;
  },
): Promise<number> {
  let bytes = 0;
  let checksum = 0;
  let head = "";
  for await (const piece of unpack(zip, entry)) {
    if (head.length < 8) {
      head += Buffer.from(piece.subarray(0, 4)).toString("hex");
      if (ARCHIVE_MARKS.some((mark) => head.startsWith(mark))) {
        throw new ArchiveRefused("ARCHIVE_INVALID", name, { reason: "архив внутри архива" });
      }
    }
    bytes += piece.length;
    if (bytes > limits.restBytesMax) {
      throw new ArchiveRefused("LIMIT_EXCEEDED", name, {
        limit: "степень сжатия архива",
        allowed: String(limits.ratioMax),
      });
    }
    if (bytes > limits.entryBytesMax) {
      throw new ArchiveRefused("LIMIT_EXCEEDED", name, {
        limit: "размер файла в архиве",
        allowed: `${limits.entryBytesMax} байт`,
      });
    }
    checksum = crc32(piece, checksum);
  }
  if (checksum !== entry.crc32) {
    throw new ArchiveRefused("ARCHIVE_INVALID", name, { reason: "контрольная сумма не сходится" });
  }
  return bytes;
}

/** Packers of Russian Windows write names in cp866 and do not say so. */
function nameOf(entry: Entry): string {
  const raw: Buffer = entry.fileNameRaw;
  const isUtf8 = (entry.generalPurposeBitFlag & UTF8_NAME_FLAG) !== 0;
  return new TextDecoder(isUtf8 ? "utf-8" : "ibm866").decode(raw);
}
