import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_PROFILE } from "../../../adapters/pyramida/config.ts";
import { parse } from "../../../adapters/pyramida/parse.ts";
import { channelKey } from "../../../normalizer/model/intake-facts.ts";

export interface RealFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly senderInn: string;
  readonly senderName: string;
  /** `channelKey` of every channel that the file has, with the name of its point. */
  readonly channels: ReadonlyMap<string, string>;
}

const FILE = /^80020_.*\.xml$/;

/** The real 80020 files where this machine has them beside the project; none elsewhere. */
export async function readRealFiles(folder: string): Promise<readonly RealFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  const files: RealFile[] = [];
  for (const name of names.filter((each) => FILE.test(each)).sort()) {
    files.push(await readRealFile(name, await readFile(join(folder, name))));
  }
  return files;
}

async function readRealFile(name: string, bytes: Buffer): Promise<RealFile> {
  const channels = new Map<string, string>();
  let senderInn = "";
  let senderName = "";
  for await (const parsed of parse({ name, bytes: once(bytes), profile: DEFAULT_PROFILE })) {
    if (parsed.kind === "header") ({ senderInn, senderName } = parsed.header);
    if (parsed.kind !== "record" || parsed.record.kind !== "intervals") continue;
    channels.set(channelKey(parsed.record.source), parsed.record.pointName);
  }
  return { name, bytes, senderInn, senderName, channels };
}

async function* once(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}
