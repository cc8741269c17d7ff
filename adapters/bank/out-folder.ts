import { access, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { DeliveryError } from "../contract.ts";

/** Beside the files for the bank; its client does not look there. */
const JOURNAL = ".sent";
const PREPARED = ".prepared";

/** One file for the bank and the objects in it. */
export interface OutFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly keys: readonly string[];
}

interface JournalEntry {
  readonly name: string;
  readonly keys: readonly string[];
  /** The file stood in the folder; false = it was about to be put there. */
  readonly isOut: boolean;
}

/**
 * Folder from which the bank's own program takes files, and may take them at any moment. Because a file that is gone
 * may have been taken, each has an entry in a journal: written before the file is put out, marked after. No entry = it
 * was never out; a marked one = it was, wherever it is now.
 */
export class OutFolder {
  readonly #folder: string;
  readonly #journal: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#journal = join(folder, JOURNAL);
  }

  /** @throws DeliveryError ACCESS_DENIED when the folder cannot be used */
  static async open(folder: string): Promise<OutFolder> {
    const opened = new OutFolder(folder);
    try {
      await mkdir(opened.#journal, { recursive: true });
    } catch (error) {
      const text = `Папка ${folder} для поручений недоступна`;
      throw new DeliveryError("ACCESS_DENIED", "stop", text, { cause: error });
    }
    return opened;
  }

  /**
   * Puts a file out for ever: what resolves has survived the power going off. The same file again changes nothing,
   * even when the bank has taken it.
   *
   * @throws DeliveryError retry when it surely is not out, unknown when it may be
   */
  async put(file: OutFile): Promise<void> {
    const entry = join(this.#journal, `${file.name}.json`);
    if (await exists(entry)) return;
    const wasPrepared = await exists(entry + PREPARED);
    if (wasPrepared) {
      if (!(await exists(join(this.#folder, file.name)))) throw unknown(file.name);
    } else {
      await this.#prepare(entry, file);
      await this.#putOut(file);
    }
    try {
      await rename(entry + PREPARED, entry);
      await syncFolder(this.#journal);
    } catch (error) {
      throw unknown(file.name, error);
    }
  }

  async #prepare(entry: string, { name, keys }: OutFile): Promise<void> {
    try {
      await writeDurably(entry + PREPARED, Buffer.from(JSON.stringify({ name, keys })));
      await syncFolder(this.#journal);
    } catch (error) {
      // Nothing is out; an entry that says it might be would only ask a person.
      await rm(entry + PREPARED, { force: true });
      throw notWritten(name, error);
    }
  }

  async #putOut({ name, bytes }: OutFile): Promise<void> {
    const path = join(this.#folder, name);
    const temporary = join(this.#folder, `.${name}.tmp`);
    try {
      await writeDurably(temporary, bytes);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      await rm(join(this.#journal, `${name}.json${PREPARED}`), { force: true });
      throw notWritten(name, error);
    }
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      throw unknown(name, error);
    }
  }

  /**
   * File of each key that was put out.
   *
   * @throws DeliveryError park when it cannot be known of one of them
   */
  async find(keys: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    const entries = await this.#entries();
    for (const { name, keys: own, isOut } of entries) {
      const asked = own.filter((key) => keys.has(key));
      if (asked.length === 0) continue;
      if (!isOut && !(await exists(join(this.#folder, name)))) throw lost(name, asked);
      for (const key of asked) found.set(key, name);
    }
    return found;
  }

  async #entries(): Promise<readonly JournalEntry[]> {
    const names = await readdir(this.#journal);
    const entries = names.map(async (name) => {
      const text = await readFile(join(this.#journal, name), "utf8");
      const written = JSON.parse(text) as Omit<JournalEntry, "isOut">;
      return { ...written, isOut: !name.endsWith(PREPARED) };
    });
    return Promise.all(entries);
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "w", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name in a folder is durable once the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function notWritten(name: string, cause: unknown): DeliveryError {
  return new DeliveryError("CONNECT_FAILED", "retry", `Файл ${name} не записан`, { cause });
}

function unknown(name: string, cause?: unknown): DeliveryError {
  const text = `Файл ${name} мог попасть в папку банка`;
  return new DeliveryError("OUTCOME_UNKNOWN", "unknown", text, { cause });
}

function lost(name: string, keys: readonly string[]): DeliveryError {
  const text = `Файла ${name} нет в папке: банк мог его забрать, проверьте в банке (${keys.join(", ")})`;
  return new DeliveryError("OUTCOME_UNKNOWN", "park", text);
}
