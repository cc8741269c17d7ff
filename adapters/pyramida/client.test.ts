import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import t from "tap";
import type { Capture, Receipt } from "../contract.ts";
import { acceptUpload } from "./client.ts";
import { DEFAULT_PROFILE } from "./config.ts";
import { adapter } from "./index.ts";
import { openZip } from "./zip.ts";

interface ZipFileSpec {
  readonly name: string | Buffer;
  readonly content: Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly declaredSize?: number;
}

/** A zip written by hand, so that it can lie. */
function zipOf(files: readonly ZipFileSpec[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const name = Buffer.from(file.name);
    const method = file.method ?? 8;
    const packed = method === 8 ? deflateRawSync(file.content, { level: 9 }) : file.content;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(file.flags ?? 0, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(file.crc ?? crc32(file.content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(file.declaredSize ?? file.content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    local.push(Buffer.from("504b0304", "hex"), fields, name, Buffer.from(packed));
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from("504b01021400", "hex"), fields, tail, name);
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

const text = (content: string) => Buffer.from(content);
const XML = text("<message/>");
const LIMITS = { entriesMax: 3, ratioMax: 100, entryBytesMax: 100_000 };

const ARCHIVES = [
  ["plain", [{ name: "a.xml", content: XML }], null],
  [
    "in folders, stored",
    [
      { name: "2022/05/", content: text(""), method: 0 },
      { name: "2022/05/a.xml", content: XML, method: 0 },
    ],
    null,
  ],
  ["with a password", [{ name: "a.xml", content: XML, flags: 1 }], "ARCHIVE_INVALID"],
  ["unknown packing", [{ name: "a.xml", content: XML, method: 12 }], "ARCHIVE_INVALID"],
  ["path to the parent", [{ name: "../a.xml", content: XML }], "ARCHIVE_INVALID"],
  [
    "path of Windows to the parent",
    [{ name: "b\\..\\..\\a.xml", content: XML }],
    "ARCHIVE_INVALID",
  ],
  ["absolute path", [{ name: "/etc/a.xml", content: XML }], "ARCHIVE_INVALID"],
  ["drive", [{ name: "c:\\a.xml", content: XML }], "ARCHIVE_INVALID"],
  ["zip by name", [{ name: "a.zip", content: XML }], "ARCHIVE_INVALID"],
  [
    "zip by content",
    [{ name: "a.xml", content: zipOf([{ name: "b", content: XML }]) }],
    "ARCHIVE_INVALID",
  ],
  ["wrong checksum", [{ name: "a.xml", content: XML, crc: 1 }], "ARCHIVE_INVALID"],
  [
    "declares less than it holds",
    [{ name: "a.xml", content: XML, declaredSize: 3 }],
    "ARCHIVE_INVALID",
  ],
  [
    "too many files",
    Array.from({ length: 4 }, (_, index) => ({ name: `${index}`, content: XML })),
    "LIMIT_EXCEEDED",
  ],
  ["bomb", [{ name: "a.xml", content: Buffer.alloc(90_000) }], "LIMIT_EXCEEDED"],
  [
    "too large a file",
    [
      {
        name: "a.xml",
        content: Buffer.from(
          Array.from({ length: 100_001 }, (_, index) => (index * index * 31) % 251),
        ),
      },
    ],
    "LIMIT_EXCEEDED",
  ],
  ["nothing in it", [], "NO_RECORDS"],
] as const;

t.test("archives: limits are counted, not believed", async (t) => {
  for (const [why, files, want] of ARCHIVES) {
    const archive = await openZip({ bytes: zipOf(files) }, LIMITS);
    t.equal(archive.ok ? null : archive.problem.code, want, why);
    if (archive.ok) archive.value.close();
  }
  const whole = zipOf([{ name: "a.xml", content: XML }]);
  for (const cut of [10, whole.length - 30, whole.length - 1]) {
    const archive = await openZip({ bytes: whole.subarray(0, cut) }, LIMITS);
    t.equal(archive.ok ? null : archive.problem.code, "ARCHIVE_INVALID", `cut at ${cut}`);
  }
  const name = Buffer.from([0x80, 0x2e, 0x78]); // «А.x» in cp866
  const russian = await openZip({ bytes: zipOf([{ name, content: XML }]) }, LIMITS);
  t.equal(russian.ok ? russian.value.entries[0]?.name : null, "А.x");
  const utf8 = await openZip(
    { bytes: zipOf([{ name: "Б.x", content: XML, flags: 0x800 }]) },
    LIMITS,
  );
  t.equal(utf8.ok ? utf8.value.entries[0]?.name : null, "Б.x");
});

interface Taken {
  readonly name: string;
  readonly bytes: Buffer;
  readonly parts: number;
  readonly envelope: Capture["envelope"];
}

/** Stands for the inbox: reads every part, then answers, or fails as a store that is down. */
function inbox(isDown: () => boolean = () => false) {
  const taken: Taken[] = [];
  const accept = async (captures: readonly Capture[]): Promise<readonly Receipt[]> => {
    const receipts: Receipt[] = [];
    for (const { name, parts, envelope } of captures) {
      const pieces: Uint8Array[] = [];
      for await (const part of parts) pieces.push(part);
      const bytes = Buffer.concat(pieces);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      if (isDown()) throw new Error("the store is down");
      taken.push({ name, bytes, parts: pieces.length, envelope });
      receipts.push({ message: taken.length, sha256, duplicate: false });
    }
    return receipts;
  };
  return { taken, context: { accept, signal: new AbortController().signal } };
}

t.test("a folder: taken when complete, moved when committed, nothing overwritten", async (t) => {
  const folder = join(t.testdir({}), "in");
  let down = true;
  const { taken, context } = inbox(() => down);
  const source = await adapter.open({ folder, settleMs: 60_000 }, context);
  const put = async (name: string, content: Uint8Array, ageMs = 120_000) => {
    await writeFile(join(folder, name), content);
    const at = new Date(Date.now() - ageMs);
    await utimes(join(folder, name), at, at);
  };
  await put("a.xml", text("1"));
  await put("growing.xml", text("2"), 0);
  await put(".hidden", text("3"));
  await mkdir(join(folder, "sub"));
  await t.rejects(source.poll?.() ?? Promise.resolve(), {
    code: "CONNECT_FAILED",
    remedy: "retry",
  });
  t.same(await readdir(join(folder, "done")), [], "not committed, not moved");
  down = false;
  await source.poll?.();
  await put("a.xml", text("4"));
  await put(
    "b.zip",
    zipOf([
      { name: "x.xml", content: text("5") },
      { name: "y.xml", content: text("6") },
    ]),
  );
  await put("c.zip", zipOf([{ name: "../x.xml", content: text("7") }]));
  await put("large.xml", Buffer.alloc(2_500_000, 56));
  await source.poll?.();
  await source.close();
  t.same(
    taken.map(({ name, bytes, parts }) => [
      name,
      bytes.length < 9 ? bytes.toString() : bytes.length,
      parts,
    ]),
    [
      ["a.xml", "1", 1],
      ["a.xml", "4", 1],
      ["x.xml", "5", 1],
      ["y.xml", "6", 1],
      ["c.zip", taken[4]?.bytes.length, 1],
      ["large.xml", 2_500_000, 3],
    ],
  );
  t.equal(taken[2]?.envelope["archive"], "b.zip");
  t.same((await readdir(join(folder, "done"))).sort(), [
    "a.xml",
    "a~2.xml",
    "b.zip",
    "c.zip",
    "large.xml",
  ]);
  t.equal(await readFile(join(folder, "done/a.xml"), "utf8"), "1");
  t.same((await readdir(folder)).sort(), [".hidden", "done", "growing.xml", "sub"]);
  await rm(folder, { recursive: true });
  await t.rejects(source.poll?.() ?? Promise.resolve(), "the folder is gone");
});

t.test("an upload: one capture, or one per entry; too large is refused", async (t) => {
  async function* body(content: Uint8Array) {
    for (let from = 0; from < content.length; from += 7) yield content.subarray(from, from + 7);
  }
  const { taken, context } = inbox();
  const envelope = { remote: "10.0.0.1" };
  const send = (name: string, content: Uint8Array, uploadBytesMax = 4096) =>
    acceptUpload({ name, bytes: body(content), envelope }, { uploadBytesMax }, context);
  t.equal((await send("C:\\out\\a.xml", text("12345678"))).length, 1);
  t.equal(
    (
      await send(
        "b.zip",
        zipOf([
          { name: "x", content: XML },
          { name: "y", content: XML },
        ]),
      )
    ).length,
    2,
  );
  await t.rejects(send("large.xml", Buffer.alloc(5000)), { code: "LIMIT_EXCEEDED" });
  t.same(
    taken.map(({ name }) => name),
    ["a.xml", "x", "y"],
  );
  t.same(taken[1]?.envelope, { remote: "10.0.0.1", archive: "b.zip" });
});

t.test("a refused archive is in the inbox whole, and parse says why", async (t) => {
  const cases = [
    [zipOf([{ name: "../x.xml", content: XML }]), "ARCHIVE_INVALID"],
    [zipOf([{ name: "x.xml", content: Buffer.alloc(900_000) }]), "LIMIT_EXCEEDED"],
    [zipOf([]), "NO_RECORDS"],
  ] as const;
  for (const [bytes, want] of cases) {
    async function* parts() {
      yield bytes.subarray(0, 16);
      yield bytes.subarray(16);
    }
    const parsed = [];
    const input = { name: "a.zip", bytes: parts(), profile: DEFAULT_PROFILE };
    for await (const item of adapter.parse(input)) parsed.push(item);
    t.match(parsed, [{ kind: "problem", problem: { code: want }, outcome: "rejected" }]);
    t.equal(parsed.length, 1);
  }
});
