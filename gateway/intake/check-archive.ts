import { createHash } from "node:crypto";
import type { CheckedFile, CheckRequest } from "./check-file.ts";
import { checkFile } from "./check-file.ts";

/** An archive: what `CheckedFile` says of it as a whole, and of each file in it. */
export interface CheckedArchive extends CheckedFile {
  readonly entries: readonly CheckedFile[];
}

interface ArchiveEntry {
  readonly name: string;
  bytes(): AsyncIterable<Uint8Array>;
}

/**
 * Checks every file of an opened archive by itself, and adds up what they hold.
 *
 * @param request of the archive as it came
 */
export async function checkArchive(
  request: Omit<CheckRequest, "bytes">,
  archive: readonly ArchiveEntry[],
): Promise<CheckedArchive> {
  const entries: CheckedFile[] = [];
  for (const entry of archive) {
    const hash = createHash("sha256");
    for await (const part of entry.bytes()) hash.update(part);
    const file = { file: entry.name, sha256: hash.digest("hex"), bytes: entry.bytes() };
    entries.push(await checkFile({ ...request, ...file }));
  }
  const outcomes = new Set(entries.map(({ outcome }) => outcome));
  const [only] = outcomes;
  const count = (name: keyof CheckedFile["records"]) =>
    entries.reduce((sum, { records }) => sum + records[name], 0);
  const receipts = entries.flatMap(({ receipt }) => (receipt === null ? [] : [receipt]));
  return {
    source: request.adapter.kind,
    file: request.file,
    sha256: request.sha256,
    outcome: outcomes.size === 1 && only !== undefined ? only : "partial",
    problems: entries.flatMap(({ file, problems }) =>
      problems.map((problem) => ({ ...problem, at: `${file}!${problem.at}` })),
    ),
    records: {
      accepted: count("accepted"),
      warned: count("warned"),
      waiting: count("waiting"),
      rejected: count("rejected"),
    },
    sums: entries.flatMap(({ file, sums }) =>
      entries.length === 1 ? sums : sums.map((sum) => ({ ...sum, file })),
    ),
    receipt: receipts.length === 0 ? null : (Math.max(...receipts) as CheckedFile["receipt"]),
    entries,
  };
}
