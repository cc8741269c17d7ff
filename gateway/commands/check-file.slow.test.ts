import { spawnSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { runCli } from "../cli.ts";
import { createSupplier } from "../runs/testing.ts";

/** Checks one file in a process of its own and prints the most memory it held, in KiB. */
const PROGRAM = `
  const { runCli } = await import(process.argv[1]);
  let checked = "";
  const note = (text) => process.stderr.write(text);
  const out = (text) => { checked = text; };
  const { signal } = new AbortController();
  const args = ["check-file", "--source", "pyramida", "--json", process.argv[2]];
  await runCli(args, { environment: {}, out, note, signal });
  const { records } = JSON.parse(checked);
  console.log(JSON.stringify({ ...records, rssKib: process.resourceUsage().maxRSS }));
`;

function writeMessage(path: string, number: number, channels: number): void {
  const file = openSync(path, "w");
  const clock = (minute: number) =>
    String(Math.trunc((minute % 1440) / 60)).padStart(2, "0") +
    String(minute % 60).padStart(2, "0");
  writeSync(
    file,
    `<?xml version="1.0" encoding="utf-8"?>\r\n<message class="80020" version="2" number="${number}">
    <datetime><timestamp>20220516030800</timestamp><day>20220515</day></datetime>
    <sender><inn>7801001231</inn><name>АИИС</name></sender><area><inn>1</inn><name>Площадка</name>`,
  );
  for (let channel = 0; channel < channels; channel += 1) {
    const periods = Array.from({ length: 48 }, (_, index) => {
      const place = `start="${clock(index * 30)}" end="${clock(index * 30 + 30)}"`;
      const value = (channel * 7 + index * 13) % 997;
      return `        <period ${place}>\r\n          <value>${value}</value>\r\n        </period>\r\n`;
    });
    const code = `<measuringpoint code="${channel}" name="Ф-${channel}"><measuringchannel code="01">`;
    writeSync(file, `${code}\r\n${periods.join("")}</measuringchannel></measuringpoint>\r\n`);
  }
  writeSync(file, "</area></message>");
  closeSync(file);
}

function measure(path: string, channels: number): number {
  const program = join(import.meta.dirname, "../cli.js");
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", PROGRAM, program, path], {
    encoding: "utf8",
  });
  const { waiting, rssKib } = JSON.parse(child.stdout) as { waiting: number; rssKib: number };
  t.equal(waiting, channels, `${channels} channels read`);
  return rssKib;
}

t.test("a file ten times as large takes the same memory", async (t) => {
  const folder = t.testdir({});
  const sizes = [
    [5, 1_150],
    [50, 11_500],
  ] as const;
  const [small = 0, large = 0] = sizes.map(([megabytes, channels]) => {
    const path = join(folder, `80020_7801001231_20220515_${megabytes}.xml`);
    writeMessage(path, megabytes, channels);
    return measure(path, channels);
  });
  const ratio = large / small;
  t.ok(ratio <= 1.2, `${small} KiB on 5 MB, ${large} KiB on 50 MB: ${ratio.toFixed(2)} times`);
});

t.test("with an organisation the store is asked, and nothing is written", async (t) => {
  const { hub, ownerUrl } = await createTestDatabase(t);
  await createSupplier(hub);
  const before = await hub.query("select shard, seq from shard_counter order by shard");
  const check = async (text: string, ...options: readonly string[]) => {
    const folder = t.testdir({ "r.csv": `account;meter;date;T0\n${text}\n` });
    const out: string[] = [];
    const args = ["check-file", "--source", "tabular", "--json", ...options];
    await runCli([...args, join(folder, "r.csv")], {
      environment: { DATABASE_URL: ownerUrl },
      out: (line) => out.push(line),
      note: () => undefined,
      signal: new AbortController().signal,
    });
    const { outcome, problems, records } = JSON.parse(out.join("\n"));
    return { outcome, codes: problems.map((one: { code: string }) => one.code), ...records };
  };
  const organisation = ["--organisation", "1"];
  const known = "6001;4;2021-08-25;4600";
  t.match(await check(known), { outcome: "accepted", codes: [], waiting: 1 });
  t.match(await check(known, ...organisation), { outcome: "accepted", codes: [], accepted: 1 });
  t.match(await check("6001;4;2021-09-25;1", ...organisation), {
    outcome: "rejected",
    codes: ["NEGATIVE_DELTA"],
    rejected: 1,
  });
  t.match(await check("6001;404;2021-09-25;1", ...organisation), {
    codes: ["UNKNOWN_METER"],
    waiting: 1,
  });
  t.same(await hub.query("select shard, seq from shard_counter order by shard"), before);
  t.same(await hub.query("select id from message where channel like 'check%'"), []);
});
