import iconv from "iconv-lite";
import t from "tap";
import { intervalIntake } from "../../normalizer/intake/intervals.ts";
import type { Slot } from "../../normalizer/model/dates.ts";
import { day } from "../../normalizer/model/dates.ts";
import type { ChannelId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { ChannelRoute, IntervalIntake } from "../../normalizer/model/intake-facts.ts";
import { definitionOf } from "../../normalizer/model/problem-catalogue.ts";
import { Chance, damaged } from "../shared/testing.ts";
import { DEFAULT_PROFILE } from "./config.ts";
import { parse } from "./parse.ts";

/** Long form: FUZZ_INPUTS=100000. One input in five is no mutant of a valid message at most. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 4000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20220515);
const DAY = "20220515";
const NAME = `80020_7801001231_${DAY}_7.xml`;

const clock = (minute: number) =>
  String(Math.trunc((minute % 1440) / 60)).padStart(2, "0") + String(minute % 60).padStart(2, "0");

function periods(chance: Chance, minutes: number): string[] {
  return Array.from({ length: 1440 / minutes }, (_, index) => {
    const status = chance.of([``, ` status="0"`, ` status="1"`]);
    const value = chance.of(["", "0", "12", "0012.5", String(chance.below(1000))]);
    const start = clock(index * minutes);
    const end = clock((index + 1) * minutes);
    return `<period start="${start}" end="${end}"><value${status}>${value}</value></period>\r\n`;
  });
}

/** A valid message, as the lines that mutations work on. */
function validMessage(chance: Chance): string[] {
  const channels = Array.from({ length: 1 + chance.below(3) }, (_, index) => [
    `<measuringchannel code="0${index + 1}" desc="счетчик">`,
    ...periods(chance, chance.of([30, 30, 60])),
    `</measuringchannel>\r\n`,
  ]);
  const group = [`<deliverygroup code="G" name="г">`, ...periods(chance, 60), "</deliverygroup>"];
  const flow = [`<peretok name="п" codefrom="A" codeto="B">`, ...periods(chance, 60), "</peretok>"];
  return [
    `<?xml version="1.0" encoding="windows-1251"?>\r\n`,
    `<message class="80020" version="2" number="7">`,
    `<datetime><timestamp>20220516030800</timestamp>`,
    `<daylightsavingtime>0</daylightsavingtime><day>${DAY}</day></datetime>\r\n`,
    `<sender><inn>7801001231</inn><name>Завод</name></sender>\r\n`,
    `<area timezone="1"><inn>4705004562</inn><name>Площадка</name>\r\n`,
    `<measuringpoint code="472070015107101" name="ТП-1">\r\n`,
    ...channels.flat(),
    "</measuringpoint>",
    ...(chance.below(3) === 0 ? group : []),
    ...(chance.below(3) === 0 ? flow : []),
    "</area></message>",
  ];
}

const TOKENS = [
  "<!DOCTYPE a>",
  "&#0;",
  "&x;",
  "<![CDATA[7]]>",
  "<!-- > -->",
  "<?pi ?>",
  "</area>",
  "<area>",
  "<x>",
  `<period start="0000" end="0030"><value>1</value></period>`,
  "\u0000",
  "Ёж",
];
const VALUES = [
  "-1",
  "1e3",
  "NaN",
  "1,5",
  "0x1",
  "99999999999999",
  " 7\t",
  "1 2",
  ".",
  "1.0000001",
];
const TIMES = ["2400", "0000", "2460", "0015", "00:30", "", "0100", "2330", "-100"];

type Mutation = (lines: string[], chance: Chance) => void;
const inLine = (pattern: RegExp, replacements: readonly string[]): Mutation => {
  return (lines, chance) => {
    const index = chance.below(lines.length);
    lines[index] = (lines[index] ?? "").replace(pattern, chance.of(replacements));
  };
};

/** Of the text: most of them leave a message that is read to its end. */
const TEXT_MUTATIONS: readonly Mutation[] = [
  inLine(
    />[\d.]*<\/value>/,
    VALUES.map((value) => `>${value}</value>`),
  ),
  inLine(
    /start="\d+"/,
    TIMES.map((time) => `start="${time}"`),
  ),
  inLine(
    /end="\d+"/,
    TIMES.map((time) => `end="${time}"`),
  ),
  inLine(/status="\d"/, [`status="2"`, `status=""`, `colour="1"`, `status="1" status="1"`]),
  inLine(/<value.*<\/value>/, [
    "",
    "<value/>",
    "<value>1</value><value>2</value>",
    "<Value>3</Value>",
  ]),
  inLine(/code="[^"]*"/, [`code=""`, `code="01"`, `code="${"9".repeat(70)}"`, ""]),
  inLine(/<period/, ["<PERIOD", "<periode", "<period ", `<period summer="1"`]),
  (lines, chance) => lines.splice(chance.below(lines.length), 1),
  (lines, chance) => {
    const from = chance.below(lines.length);
    lines.splice(chance.below(lines.length), 0, lines[from] ?? "");
  },
  (lines, chance) => {
    const [a, b] = [chance.below(lines.length), chance.below(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? "", lines[a] ?? ""];
  },
  (lines, chance) => lines.splice(chance.below(lines.length), 0, chance.of(TOKENS)),
];

function encoded(text: string, chance: Chance): Buffer {
  const choice = chance.below(40);
  if (choice === 0) return iconv.encode(text, "utf16le", { addBOM: true });
  if (choice === 1) return iconv.encode(text, "utf8");
  if (choice === 2) return iconv.encode(text.replace("windows-1251", "utf-8"), "utf8");
  if (choice === 3) return iconv.encode(text.replace("windows-1251", "utf-8"), "win1251");
  return iconv.encode(text, "win1251");
}

function randomBytes(chance: Chance): Buffer {
  const mark = chance.of([
    "",
    "\ufeff",
    "<?xml version='1.0' encoding='",
    "<message class='80020'",
    "PK\u0003\u0004",
  ]);
  const bytes = Array.from({ length: chance.below(300) }, () => chance.below(256));
  return Buffer.concat([Buffer.from(mark), Buffer.from(bytes)]);
}

function inputOf(chance: Chance): { readonly bytes: Buffer; readonly isMutant: boolean } {
  if (chance.below(10) === 0) return { bytes: randomBytes(chance), isMutant: false };
  const lines = validMessage(chance);
  const kind = chance.below(10);
  if (kind < 7) {
    for (let count = 1 + chance.below(3); count > 0; count -= 1) {
      chance.of(TEXT_MUTATIONS)(lines, chance);
    }
  }
  const bytes = encoded(lines.join(""), chance);
  return { bytes: kind < 7 ? bytes : damaged(bytes, chance), isMutant: true };
}

const ROUTE: ChannelRoute = {
  shard: 0 as Shard,
  site: 1 as SiteId,
  channel: 1 as ChannelId,
  role: "CONSUMPTION",
  from: day("2000-01-01"),
  to: null,
};
/** Every channel is mapped: what is accepted shows as patches. */
const EVERYWHERE = { get: () => [ROUTE] } as unknown as ReadonlyMap<
  string,
  readonly ChannelRoute[]
>;
const MOSCOW = { zone: "Europe/Moscow", offsets: [{ fromSlot: 0 as Slot, offsetSlots: 6 }] };

interface Outcome {
  readonly codes: readonly string[];
  readonly isRefused: boolean;
  /** What does not add up; empty = as it must be. */
  readonly faults: readonly string[];
}

async function take(bytes: Buffer, pieceBytes: number): Promise<Outcome> {
  async function* pieces() {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      yield bytes.subarray(from, from + pieceBytes);
    }
  }
  const codes: string[] = [];
  let intake: IntervalIntake | null = null;
  let records = 0;
  let isRefused = false;
  for await (const parsed of parse({ name: NAME, bytes: pieces(), profile: DEFAULT_PROFILE })) {
    if (parsed.kind === "problem") {
      codes.push(parsed.problem.code);
      isRefused ||= parsed.outcome !== "none";
    } else if (parsed.kind === "header") {
      intake = intervalIntake(parsed.header, {
        partner: [],
        routes: EVERYWHERE,
        receivedAtMs: (parsed.header.day + 2) * 86_400_000,
        slotTable: () => MOSCOW,
      });
    } else if (parsed.kind === "record" && parsed.record.kind === "intervals") {
      records += 1;
      intake?.add(parsed.record);
    }
  }
  if (isRefused) return { codes, isRefused, faults: [] };
  if (intake === null || records === 0)
    return { codes, isRefused, faults: ["neither read nor refused"] };
  return { ...added(intake), isRefused: false };
}

/** accepted + refused + gaps = expected, for every channel that its form has not refused. */
function added(intake: IntervalIntake): Omit<Outcome, "isRefused"> {
  const { patches, problems, counts, sums } = intake.end();
  const faults: string[] = [];
  const halfHours = (from = "", to = "") => {
    const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    return (minutes(to) - minutes(from)) / 30;
  };
  const refused = new Map<string, number>();
  const gaps = new Map<string, number>();
  for (const { code, object = "", values } of problems) {
    const isDropped = definitionOf(code).outcome === "value dropped";
    const into = isDropped ? refused : code === "GAP" ? gaps : null;
    const length = halfHours(values?.["from"], values?.["to"]);
    into?.set(object, (into.get(object) ?? 0) + length);
  }
  const accepted = patches.flatMap(({ values }) => values).filter((value) => value !== null).length;
  let expected = 0;
  let missing = 0;
  for (const { key } of sums) {
    expected += 48;
    missing += (refused.get(key) ?? 0) + (gaps.get(key) ?? 0);
  }
  if (accepted + missing !== expected) {
    faults.push(`${accepted} accepted + ${missing} refused and gaps, expected ${expected}`);
  }
  if (patches.length !== sums.length * 2) faults.push("a channel without its patches");
  const total = sums.reduce((sum, one) => sum + one.total, 0);
  const stored = patches
    .flatMap(({ values }) => values)
    .reduce((sum, one) => (sum ?? 0) + (one ?? 0), 0);
  if (total !== stored) faults.push(`sum ${total} of periods, ${stored} of half-hours`);
  const counted = counts.accepted + counts.warned + counts.held + counts.rejected + counts.waiting;
  if (counted - counts.rejected !== sums.length) faults.push("records and counts differ");
  return { codes: problems.map(({ code }) => code), faults };
}

// tap ends a test of its own accord after 30 s; the long form takes minutes.
t.setTimeout(0);
t.test(`${INPUTS} inputs: none crashes, none is lost`, async (t) => {
  const failures: string[] = [];
  const seen = new Map<string, number>();
  let mutants = 0;
  let read = 0;
  let slowestMs = 0;
  for (let number = 0; number < INPUTS; number += 1) {
    const chance = new Chance(SEED + number);
    const { bytes, isMutant } = inputOf(chance);
    if (isMutant) mutants += 1;
    const startedAt = performance.now();
    try {
      const outcome = await take(bytes, 1 << 16);
      for (const code of new Set(outcome.codes)) seen.set(code, (seen.get(code) ?? 0) + 1);
      for (const fault of outcome.faults) failures.push(`input ${number}: ${fault}`);
      if (!outcome.isRefused) read += 1;
      if (number % 10 === 0) {
        const again = await take(bytes, 1 + chance.below(200));
        if (JSON.stringify(again) !== JSON.stringify(outcome)) {
          failures.push(`input ${number}: another outcome in other pieces`);
        }
      }
    } catch (error) {
      failures.push(`input ${number}: ${error instanceof Error ? error.stack : error}`);
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }
  t.same(failures.slice(0, 5), [], `${failures.length} failures`);
  t.ok(mutants >= INPUTS * 0.8, `${mutants} of ${INPUTS} are mutants of valid messages`);
  t.ok(read > INPUTS * 0.2, `${read} were read to their end`);
  t.comment(`slowest ${slowestMs.toFixed(0)} ms`);
  t.comment(
    [...seen]
      .sort((a, b) => b[1] - a[1])
      .map(([code, count]) => `${code} ${count}`)
      .join(", "),
  );
});
