import { createHash } from "node:crypto";
import iconv from "iconv-lite";
import t from "tap";
import type { Entry } from "yauzl";
import { open } from "yauzl";
import { addDays, day, daysIn, month } from "../../normalizer/model/dates.ts";
import { dayFileName, encodeDayFile } from "./day-file.ts";
import type { MonthPlan } from "./month.ts";
import { correctionOf, dayFile, monthArchive, monthOfSendings } from "./month.ts";

const plan: MonthPlan = {
  seed: 7,
  period: month("2026-01"),
  senderInn: "5001000017",
  senderName: 'АО "Энские & сети"',
  firstNumber: 812,
  points: [
    { areaInn: "11", areaName: "Завод", code: "502100000010001", name: "Ввод 1", loadKwh: 60 },
    { areaInn: "11", areaName: "Завод", code: "502100000010002", name: "Ввод 2", loadKwh: 25 },
    { areaInn: "22", areaName: "Склад", code: "502100000020001", name: "Ввод", loadKwh: 18 },
  ],
};

t.test("a day file is what a receiver of макет 80020 expects", async (t) => {
  const file = dayFile(plan, day("2026-01-15"), 812, "gap");
  const text = iconv.decode(encodeDayFile(file), "windows-1251");
  t.match(text, /^<\?xml version="1.0" encoding="windows-1251"\?>\r\n<message class="80020"/);
  t.notMatch(text, /[^\r]\n/, "CRLF everywhere");
  t.match(text, "<name>АО &#34;Энские &#38; сети&#34;</name>");
  t.equal(text.match(/<area /g)?.length, 2);
  t.equal(text.match(/<period /g)?.length, 3 * 2 * 48);
  t.equal(text.match(/<value status="1"><\/value>/g)?.length, 4, "a gap is empty, not zero");
  t.match(text, '<period start="2330" end="0000">');
  const starts = [...text.matchAll(/<period start="(\d{4})" end="(\d{4})">/g)].slice(0, 48);
  const ends = starts.map((period) => period[2]);
  const nextStarts = starts.map((_, index) => starts[(index + 1) % 48]?.[1]);
  t.strictSame(ends, nextStarts, "every period ends where the next begins");
});

t.test("groups have hours and no channel", async (t) => {
  const file = dayFile(plan, day("2026-01-15"), 1, null);
  const area = file.areas[1];
  t.ok(area);
  if (area === undefined) return;
  const values = Array.from({ length: 24 }, () => ({ text: "10", status: 0 as const }));
  const groups = [{ code: "470000000000001", name: "Сальдо", values }];
  const bytes = encodeDayFile({ ...file, areas: [{ ...area, points: [], groups }] });
  const text = iconv.decode(bytes, "windows-1251");
  t.equal(text.match(/<period /g)?.length, 24);
  t.match(text, '<period start="2300" end="0000">');
  t.notMatch(text, "measuringchannel");
});

t.test("a month is the same for a seed, and every fault comes", async (t) => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const sendings = monthOfSendings({ ...plan, seed });
    t.equal(hashOf(sendings), hashOf(monthOfSendings({ ...plan, seed })), `seed ${seed}`);
    const count = new Map<string, number>();
    for (const { event } of sendings) count.set(event, (count.get(event) ?? 0) + 1);
    t.strictSame(Object.fromEntries(count), {
      // 31 days, six of them with a fault in the place of the regular file; the duplicate's first copy is regular.
      regular: daysIn(plan.period) - 6,
      duplicate: 1,
      correction: 3,
      "out of order": 1,
      broken: 1,
      resent: 1,
      gap: 1,
      questionable: 1,
      "wrong value": 1,
      reset: 1,
    });
    const numbers = new Set(sendings.map(({ name }) => name.split("_")[3]));
    t.equal(numbers.size, daysIn(plan.period) + 3, "one number per message");
    const late = sendings.findIndex(({ event }) => event === "out of order");
    t.ok(numberOf(sendings[late - 1]) > numberOf(sendings[late]), "after a later number");
    const corrections = sendings.filter(({ event }) => event === "correction");
    for (const correction of corrections) {
      const first = sendings.find(({ day }) => day === correction.day);
      t.ok(numberOf(correction) > numberOf(first), "a correction has a greater number");
    }
  }
});

t.test("an archive holds the month, and others read it", async (t) => {
  const { name, bytes } = monthArchive(plan);
  t.equal(name, "5001000017_2026-01.zip");
  const folder = t.testdir({ "month.zip": bytes });
  const listed = await new Promise<string[]>((resolve, reject) => {
    open(`${folder}/month.zip`, (error, zip) => {
      if (error !== null) return reject(error);
      const names: string[] = [];
      zip.on("entry", (entry: Entry) => names.push(`${entry.fileName} ${entry.uncompressedSize}`));
      zip.on("end", () => resolve(names));
      zip.on("error", reject);
    });
  });
  const files = Array.from({ length: 31 }, (_, index) =>
    dayFile(plan, addDays(day("2026-01-01"), index), 812 + index, null),
  );
  t.strictSame(
    listed,
    files.map((file) => `${dayFileName(file)} ${encodeDayFile(file).length}`),
  );
});

t.test("a correction holds one channel, right", async (t) => {
  const right = dayFile(plan, day("2026-01-15"), 900, null);
  const { bytes } = correctionOf(plan, day("2026-01-15"), 900, day("2026-02-03"));
  const text = iconv.decode(bytes, "windows-1251");
  t.equal(text.match(/<measuringchannel /g)?.length, 1);
  const values = [...text.matchAll(/<value status="0">(\d+)</g)].map((match) => match[1]);
  const wanted = right.areas[0]?.points[0]?.channels[0]?.values.map((value) => value.text);
  t.strictSame(values, wanted);
});

function hashOf(sendings: ReturnType<typeof monthOfSendings>): string {
  const hash = createHash("sha256");
  for (const { name, bytes, via } of sendings) hash.update(name).update(via).update(bytes);
  return hash.digest("hex");
}

function numberOf(sending: { readonly name: string } | undefined): number {
  return Number(sending?.name.split("_")[3]?.replace(".xml", ""));
}
