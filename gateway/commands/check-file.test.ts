import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { encode } from "../../adapters/pyramida/encode.ts";
import type { IntervalRecord } from "../../normalizer/model/records.ts";
import { runCli } from "../cli.ts";
import type { CheckedArchive } from "../intake/check-archive.ts";

const root = import.meta.dirname.replace(/(\/build)?\/gateway\/commands$/, "");
const shared = join(root, "../shared/reference/metering");
const skip = existsSync(shared) ? false : "the reference files are not on this machine";

async function check(...args: readonly string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const exitCode = await runCli(["check-file", ...args], {
    environment: {},
    out: (text) => out.push(text),
    note: (text) => notes.push(text),
    signal: new AbortController().signal,
  });
  return { exitCode, out: out.join("\n"), notes: notes.join("\n") };
}

async function checkJson(path: string, ...args: readonly string[]) {
  const { exitCode, out } = await check("--source", "pyramida", "--json", ...args, path);
  return { exitCode, ...(JSON.parse(out) as CheckedArchive) };
}

/** An own message of one channel, 48 half-hours of 1 kWh. */
function message(number: number) {
  const header = {
    messageClass: "80020",
    senderInn: "7801001231",
    senderName: "АИИС",
    day: 19127,
    messageNumber: number,
    timestamp: "20220516030800",
    daylightFlag: 0,
  } as unknown as Parameters<typeof encode>[0]["header"];
  const periods = Array.from({ length: 48 }, (_, index) => ({
    at: 0,
    startMinute: index * 30,
    endMinute: index * 30 + 30,
    summer: null,
    value: 1_000_000,
    refused: false,
    status: "commercial" as const,
  }));
  const record: IntervalRecord = {
    kind: "intervals",
    at: 0,
    source: { senderInn: header.senderInn, areaInn: "1", pointCode: "P", channelCode: "03" },
    of: "point",
    pointName: "ТП",
    areaTimezone: null,
    day: header.day,
    periods,
    problems: [],
  };
  return encode({ header, areaNames: {}, records: [record] });
}

t.test("the result in full, and the exit codes", async (t) => {
  const { name, bytes } = message(1);
  const folder = t.testdir({ [name]: bytes, "80020_1_20220515_1.xml": bytes, "empty.xml": "" });
  const checked = await checkJson(join(folder, name));
  t.same(checked, {
    exitCode: 0,
    source: "pyramida",
    file: name,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    outcome: "accepted",
    problems: [],
    records: { accepted: 0, warned: 0, waiting: 1, rejected: 0 },
    sums: [{ key: "P/03", count: 48, total: "48", unit: "kvarh" }],
    receipt: 2,
  });
  const renamed = await checkJson(join(folder, "80020_1_20220515_1.xml"));
  t.match(renamed, {
    exitCode: 3,
    outcome: "rejected",
    problems: [{ code: "INN_MISMATCH", at: "name" }],
    sums: [],
    receipt: 3,
  });
  const empty = await checkJson(join(folder, "empty.xml"));
  t.match(empty, { exitCode: 3, outcome: "rejected", receipt: 4 });
  t.ok(empty.problems[0]?.text.length, "a Russian text");
  const human = await check("--source", "pyramida", join(folder, name));
  t.match(human.out, /принят\n.*ждёт 1.*\n {2}P\/03: 48 знач\., 48 kvarh/s);
});

t.test("a wrong call is told from a wrong file", async (t) => {
  const folder = t.testdir({ "a.xml": "<a/>", "p.yaml": "depth: 1", "broken.yaml": "a: [" });
  const file = join(folder, "a.xml");
  const calls = [
    [["--source", "pyramida"], /Нужен один файл/],
    [[file], /--source.*bank, gis-zhkh, pyramida, tabular/],
    [["--source", "constructor", file], /--source/],
    [["--source", "pyramida", join(folder, "b.xml")], /Нет файла/],
    [["--source", "pyramida", "--profile", join(folder, "p.yaml"), file], /Профиль/],
    [["--source", "pyramida", "--profile", join(folder, "broken.yaml"), file], /Профиль/],
    [["--source", "pyramida", "--colour", file], /colour/],
  ] as const;
  for (const [args, want] of calls) {
    const { exitCode, notes, out } = await check(...args);
    t.equal(exitCode, 2, args.join(" "));
    t.match(notes, want);
    t.equal(out, "");
  }
});

t.test("readings of a csv: what only the store could know waits", async (t) => {
  const csv = "account;meter;date;T0\n1;2;2021-03-25;5\n1;2;2021-03-32;5\n";
  const folder = t.testdir({ "r.csv": csv });
  const { exitCode, out } = await check("--source", "tabular", "--json", join(folder, "r.csv"));
  t.equal(exitCode, 3);
  t.match(JSON.parse(out), {
    outcome: "partial",
    problems: [{ code: "BAD_DATE", at: "3" }],
    records: { accepted: 0, warned: 0, waiting: 1, rejected: 1 },
    sums: [],
    receipt: null,
  });
});

t.test("a statement: money in waits for its owner, sums by account and direction", async (t) => {
  const account = "40702810200000001001";
  const balance = ["1000.00", "500.05", "85.00", "1415.05"] as const;
  const text = (amount: string) =>
    [
      "1CClientBankExchange\nВерсияФормата=1.03\nКодировка=Windows\nСекцияРасчСчет",
      `ДатаНачала=12.01.2026\nДатаКонца=12.01.2026\nРасчСчет=${account}`,
      `НачальныйОстаток=${balance[0]}\nВсегоПоступило=${balance[1]}`,
      `ВсегоСписано=${balance[2]}\nКонечныйОстаток=${balance[3]}\nКонецРасчСчет`,
      `СекцияДокумент=Платежное поручение\nНомер=1\nДата=12.01.2026\nСумма=${amount}`,
      `ПолучательСчет=${account}\nДатаПоступило=12.01.2026\nНазначениеПлатежа=л/с 1`,
      "КонецДокумента\nСекцияДокумент=Банковский ордер\nНомер=2\nДата=12.01.2026\nСумма=85",
      `ПлательщикСчет=${account}\nДатаСписано=12.01.2026\nНазначениеПлатежа=Комиссия`,
      "КонецДокумента\nКонецФайла\n",
    ].join("\n");
  const folder = t.testdir({ "good.txt": text("500,05"), "bad.txt": text("500,055") });
  const good = await check("--source", "bank", "--json", join(folder, "good.txt"));
  t.equal(good.exitCode, 0);
  t.match(JSON.parse(good.out), {
    source: "bank",
    outcome: "accepted",
    problems: [{ code: "ENCODING_MISMATCH", at: "3" }],
    records: { accepted: 1, warned: 0, waiting: 1, rejected: 0 },
    sums: [
      { key: `${account}/IN`, count: 1, total: "500.05", unit: "RUB" },
      { key: `${account}/OUT`, count: 1, total: "85.00", unit: "RUB" },
    ],
    receipt: null,
  });
  const bad = await check("--source", "bank", "--json", join(folder, "bad.txt"));
  t.equal(bad.exitCode, 3);
  t.match(JSON.parse(bad.out), {
    outcome: "quarantined",
    problems: [{ code: "ENCODING_MISMATCH" }, { code: "BAD_AMOUNT", at: "16", object: "№ 1" }],
    sums: [],
  });
});

t.test("the samples sum to what stands beside them", { skip }, async (t) => {
  const folder = join(shared, "samples");
  const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Record<
    string,
    { sums_kWh?: Record<string, Record<string, number>> }
  >;
  const profile = join(t.testdir({}), "profile.json");
  writeFileSync(profile, JSON.stringify({ classAliases: ["80040"] }));
  for (const [file, { sums_kWh: points }] of Object.entries(expected)) {
    if (!/^80\d{3}_/.test(file) || points === undefined) continue;
    const checked = await checkJson(join(folder, file), "--profile", profile);
    const want = Object.entries(points).flatMap(([point, channels]) =>
      Object.entries(channels).map(([channel, total]) => [`${point}/${channel}`, String(total)]),
    );
    t.same(
      checked.sums.map(({ key, total }) => [key, total]),
      want,
      file,
    );
    t.equal(checked.exitCode, 0);
  }
  const closed = await checkJson(join(folder, "80040_7801001231_20220516_4.xml"));
  t.match(closed, { exitCode: 3, outcome: "quarantined" });
});

t.test("the five real files are accepted, each channel of them once", { skip }, async (t) => {
  const folder = join(shared, "realdata");
  for (const file of readdirSync(folder).filter((name) => name.startsWith("80020_"))) {
    const checked = await checkJson(join(folder, file));
    t.match(checked, { exitCode: 0, outcome: "accepted", records: { accepted: 0, rejected: 0 } });
    // The second method: distinct owners of periods, by pattern.
    const text = readFileSync(join(folder, file), "latin1");
    const points = text.split("<measuringpoint ").slice(1);
    const channels = points.flatMap((point) =>
      [...point.matchAll(/<measuringchannel code="(\d+)"/g)].map(
        (match) => `${/code="(\d+)"/.exec(point)?.[1]}/${match[1]}`,
      ),
    );
    const others = text.match(/<deliverygroup |<peretok /g) ?? [];
    const want = new Set(channels).size + others.length;
    t.equal(checked.records.waiting, want, `${file}: ${want} channels`);
    t.equal(checked.sums.length, want);
    const repeated = channels.length - new Set(channels).size;
    t.equal(checked.problems.filter(({ code }) => code === "DUPLICATE").length, repeated);
  }
});
