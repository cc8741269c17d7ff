import { createReadStream } from "node:fs";
import { access, mkdir, readdir, rename, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { OpenSource, SourceContext } from "../contract.ts";
import { DeliveryError } from "../contract.ts";

/** Parts of a capture as the contract wants them. */
export const PART_BYTES_MAX = 1024 * 1024;
const DEFAULT_SETTLE_MS = 2_000;

export interface FolderSettings {
  /** Absent = the channel only takes uploads. */
  readonly folder?: string | undefined;
  /** How long a file must not have been written to before it is taken. */
  readonly settleMs?: number | undefined;
}

export interface FoundFile {
  readonly path: string;
  readonly name: string;
  readonly envelope: Readonly<Record<string, string>>;
}

/**
 * Watches a folder: each complete file is given to `accept`, then moved to `done/`.
 *
 * @param accept resolves when the file is committed; what it throws leaves the file where it is
 * @throws DeliveryError ACCESS_DENIED when the folder cannot be used
 */
export async function openFolder(
  { folder, settleMs = DEFAULT_SETTLE_MS }: FolderSettings,
  { signal }: Pick<SourceContext, "signal">,
  accept: (file: FoundFile) => Promise<unknown>,
): Promise<OpenSource> {
  if (folder === undefined) return { close: () => Promise.resolve() };
  try {
    await mkdir(join(folder, "done"), { recursive: true });
  } catch (error) {
    throw new DeliveryError("ACCESS_DENIED", "stop", `folder ${folder} cannot be used`, {
      cause: error,
    });
  }
  return {
    poll: () => takeFolder({ folder, settleMs, signal, accept }),
    close: () => Promise.resolve(),
  };
}

interface Watch {
  readonly folder: string;
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly accept: (file: FoundFile) => Promise<unknown>;
}

/** Every complete file; one that cannot be taken now stays and does not stop the others. */
async function takeFolder(watch: Watch): Promise<void> {
  const failures: unknown[] = [];
  const names = (await readdir(watch.folder, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
  for (const name of names) {
    if (watch.signal.aborted) return;
    try {
      await takeFile(join(watch.folder, name), watch);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    const cause = failures.length === 1 ? failures[0] : new AggregateError(failures);
    throw new DeliveryError("CONNECT_FAILED", "retry", `${failures.length} files not taken`, {
      cause,
    });
  }
}

async function takeFile(path: string, { folder, settleMs, accept }: Watch): Promise<void> {
  const { mtimeMs } = await stat(path);
  if (Date.now() - mtimeMs < settleMs) return;
  const name = basename(path);
  await accept({ path, name, envelope: { folder, file: name } });
  // Only now: a file that is still in the folder after a crash is taken again, and seen as a
  // duplicate.
  await rename(path, await freeName(join(folder, "done"), name));
}

/** `a.xml`, then `a~2.xml`, …: a name that comes again keeps both files. */
async function freeName(folder: string, name: string): Promise<string> {
  const extension = extname(name);
  const stem = basename(name, extension);
  for (let copy = 1; ; copy += 1) {
    const path = join(folder, copy === 1 ? name : `${stem}~${copy}${extension}`);
    const isTaken = await access(path).then(
      () => true,
      () => false,
    );
    if (!isTaken) return path;
  }
}

export async function* partsOf(path: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: PART_BYTES_MAX }) as AsyncIterable<Buffer>;
}
