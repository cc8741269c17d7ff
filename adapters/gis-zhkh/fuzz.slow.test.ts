import iconv from "iconv-lite";
import t from "tap";
import { Chance, damaged } from "../shared/testing.ts";
import { adapter } from "./index.ts";

/** Long form: FUZZ_INPUTS=100000. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 4000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20260320);

/** Text of a field as it stands in the XML, and whether it may be believed; kopecks where it is a sum. */
const AMOUNTS: readonly (readonly [string, number | null])[] = [
  ["1", 1],
  ["53679", 53_679],
  ["0", 0],
  [" 77\n", 77],
  ["<![CDATA[123]]>", 123],
  ["4&#50;", 42],
  ["1<!-- 0 -->5", 15],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["9007199254740993", null],
  ["99999999999999999999999", null],
  ["-1", null],
  ["12.5", null],
  ["1e3", null],
  ["0x10", null],
  ["1 000", null],
  ["５", null],
  ["NaN", null],
  ["", null],
  ["<x>5</x>", null],
];
const DATES: readonly (readonly [string, boolean])[] = [
  ["2026-03-20", true],
  ["2026-03-20+03:00", true],
  ["2026-03-20Z", true],
  ["2024-02-29", true],
  ["2026-02-29", false],
  ["2026-13-01", false],
  ["20.03.2026", false],
  ["2026-3-20", false],
  ["2026-03-20T10:00:00", false],
  ["", false],
];
/** As written, and as it must be read. */
const PURPOSES: readonly (readonly [string, string])[] = [
  ["Оплата за март", "Оплата за март"],
  ["&lt;Amount&gt;7&lt;/Amount&gt;", "<Amount>7</Amount>"],
  ["<![CDATA[</OrderInfo><Amount>7</Amount>]]>", "</OrderInfo><Amount>7</Amount>"],
  ["<!-- <Amount>7</Amount> -->без комментария", "без комментария"],
  ["<?pi <Amount>7</Amount> ?>'; drop table payment; --", "'; drop table payment; --"],
  ["я".repeat(5000), "я".repeat(5000)],
  ["<a><Amount>7</Amount></a>", ""],
  ["\u202Eтекст\u200B😀", "\u202Eтекст\u200B😀"],
  ["", ""],
];

interface Expected {
  readonly payments: number;
  readonly reversals: number;
  /** Of payments, kopecks; a BigInt because two large ones are no safe number. */
  readonly sum: bigint;
  readonly purposes: readonly string[];
  readonly refused: number;
}

interface Page {
  readonly text: string;
  readonly expected: Expected;
}

function shuffled<Value>(values: readonly Value[], chance: Chance): Value[] {
  const left = [...values];
  return values.map(() => left.splice(chance.below(left.length), 1)[0] as Value);
}

/** Half of the notices are as they should be. What must come of them is said by the tables, not by a reader. */
function pageOf(chance: Chance): Page {
  const expected = { payments: 0, reversals: 0, sum: 0n, purposes: [] as string[], refused: 0 };
  const notices = Array.from({ length: 1 + chance.below(8) }, (_, index) => {
    const isPlain = chance.below(2) === 0;
    const [amount, value] = isPlain ? ["53679", 53_679] : chance.of(AMOUNTS);
    const [date, isDate] = isPlain ? ["2026-03-20", true] : chance.of(DATES);
    const [purpose, read] = isPlain ? ["Оплата", "Оплата"] : chance.of(PURPOSES);
    const id = !isPlain && chance.below(12) === 0 ? "" : String(index + 1).padStart(32, "0");
    const status = chance.of(["0", "1", "2", "5", ""]);
    if (value === null || !isDate || id === "") expected.refused += 1;
    else {
      expected.payments += 1;
      expected.sum += BigInt(value);
      expected.purposes.push(read);
      if (status === "1") expected.reversals += 1;
    }
    const fields = [
      `<p:OrderID>${id}</p:OrderID>`,
      `<p:OrderDate>${date}</p:OrderDate>`,
      `<p:Amount>${amount}</p:Amount>`,
      `<p:PaymentPurpose>${purpose}</p:PaymentPurpose>`,
      `<p:AccountNumber>15${index}</p:AccountNumber>`,
      ...chance.of([
        [],
        ["<b:Year>2026</b:Year>", "<b:Month>3</b:Month>"],
        ["<b:Month>99</b:Month>"],
      ]),
    ];
    // What is acknowledged of a notice is an Amount too, and none of the payment's.
    const parts = [
      `<p:OrderInfo>${shuffled(fields, chance).join("")}</p:OrderInfo>`,
      `<x:AckStatus>${status}</x:AckStatus>`,
      `<x:AcknowledgmentRequestsList><p:Amount>5</p:Amount></x:AcknowledgmentRequestsList>`,
      `<p:NotificationsOfOrderExecutionGUID>a48c76e3-4c72-4f12-bc39-5db32c47aefa</p:NotificationsOfOrderExecutionGUID>`,
    ];
    return `<x:${NOTICE}>${shuffled(parts, chance).join(chance.of(["", "\r\n"]))}</x:${NOTICE}>`;
  });
  const text =
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope ${XMLNS}><s:Body><x:getStateResult>` +
    `<b:RequestState>3</b:RequestState><x:exportNotificationsOfOrderExecutionResult>${notices.join("")}` +
    `</x:exportNotificationsOfOrderExecutionResult></x:getStateResult></s:Body></s:Envelope>`;
  return { text, expected };
}

const NOTICE = "NotificationOfOrderExecutionWithStatus";
const XMLNS =
  `xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" ` +
  [
    ["b", "base"],
    ["p", "payments-base"],
    ["x", "bills"],
  ]
    .map(([prefix, of]) => `xmlns:${prefix}="http://dom.gosuslugi.ru/schema/integration/${of}/"`)
    .join(" ");
const LAUGHS = `<!DOCTYPE a [<!ENTITY a "7"><!ENTITY b "${"&a;".repeat(100)}">]>`;

type Kind = "whole" | "cut" | "encoding" | "doctype" | "entity" | "deep" | "damaged" | "random";

interface Input {
  readonly kind: Kind;
  readonly bytes: Buffer;
  readonly page: Page;
}

/** Pages of notices that are what they say, and those that something has happened to. */
function inputOf(chance: Chance): Input {
  const page = pageOf(chance);
  const { text } = page;
  const kind = chance.of<Kind>([
    ...(["whole", "whole", "whole", "whole", "damaged", "damaged"] as const),
    ...(["cut", "encoding", "doctype", "entity", "deep", "random"] as const),
  ]);
  const bytes = Buffer.from(text);
  const inside = (inserted: string) => Buffer.from(text.replace("<s:Body>", `$&${inserted}`));
  switch (kind) {
    case "whole":
      return { kind, page, bytes };
    case "cut":
      return { kind, page, bytes: bytes.subarray(0, chance.below(bytes.length)) };
    case "encoding": {
      // A letter that is not ASCII, so that the wrong code page shows.
      const cyrillic = text.replace("<s:Body>", "$&<s:x>Ёж</s:x>");
      const name = chance.of(["win1251", "cp866", "koi8-r", "utf16le", "utf16be"]);
      return { kind, page, bytes: iconv.encode(cyrillic, name, { addBOM: true }) };
    }
    case "doctype":
      return { kind, page, bytes: Buffer.from(text.replace("?>", `$&${LAUGHS}`)) };
    case "entity":
      return {
        kind,
        page,
        bytes: inside(chance.of(["&b;", "&nbsp;", "&#0;", "&#xFFFFFFFF;", "&"])),
      };
    case "deep": {
      const depth = chance.of([63, 100, 20_000]);
      return { kind, page, bytes: inside("<a>".repeat(depth) + "</a>".repeat(depth)) };
    }
    case "damaged":
      return { kind, page, bytes: damaged(bytes, chance) };
    case "random": {
      const mark = chance.of(["", "\ufeff", "<?xml version='1.0'?>", "<getStateResult>"]);
      const noise = Array.from({ length: chance.below(300) }, () => chance.below(256));
      return { kind, page, bytes: Buffer.concat([Buffer.from(mark), Buffer.from(noise)]) };
    }
  }
}

/** What the reader made of it, counted as the tables count. */
async function read(bytes: Buffer, pieceBytes: number): Promise<Expected & { codes: string[] }> {
  async function* pieces() {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      yield bytes.subarray(from, from + pieceBytes);
    }
  }
  const got = { payments: 0, reversals: 0, sum: 0n, purposes: [] as string[], refused: 0 };
  const codes: string[] = [];
  let last: { amount: number; operationId: string | null } = { amount: -1, operationId: null };
  for await (const item of adapter.parse({ name: "notices.xml", bytes: pieces(), profile: {} })) {
    if (item.kind === "problem") {
      codes.push(item.problem.code);
      if (item.outcome === "rejected") got.refused += 1;
      continue;
    }
    if (item.kind !== "record" || item.record.kind !== "money") throw new Error(item.kind);
    const { amount, operationId, reverses, purpose } = item.record;
    if (reverses === null) {
      got.payments += 1;
      got.sum += BigInt(amount);
      got.purposes.push(purpose);
      last = { amount, operationId };
      continue;
    }
    got.reversals += 1;
    const isOfLast = "operationId" in reverses && reverses.operationId === last.operationId;
    if (!isOfLast || amount !== last.amount)
      throw new Error(`a reversal of nothing ${operationId}`);
  }
  return { ...got, codes };
}

const counted = ({ payments, reversals, sum, purposes, refused }: Expected) =>
  `${payments} payments of ${sum}, ${reversals} taken back, ${refused} refused: ${purposes.join("|")}`;
const CODE_OF: Readonly<Partial<Record<Kind, string>>> = {
  cut: "XML_MALFORMED",
  encoding: "XML_MALFORMED",
  doctype: "DTD_FORBIDDEN",
  entity: "XML_MALFORMED",
  deep: "XML_MALFORMED",
};

/** What is wrong with the outcome; null = nothing. */
function faultOf({ kind, page }: Input, got: Expected & { codes: string[] }): string | null {
  const { expected } = page;
  if (kind === "whole") {
    return counted(got) === counted(expected) ? null : `${counted(got)} ≠ ${counted(expected)}`;
  }
  const isRefused = got.payments === 0 && got.refused === 1 && got.codes.length === 1;
  if (kind !== "damaged") {
    const code = CODE_OF[kind];
    const isNamed = code === undefined || got.codes[0] === code;
    return isRefused && isNamed ? null : `${kind}: ${got.codes}, ${counted(got)}`;
  }
  // Damage of 40 bytes can end no notice and begin none: each is read or refused still.
  const notices = expected.payments + expected.refused;
  const isCounted = got.payments + got.refused === notices;
  return isRefused || isCounted ? null : `of ${notices} notices ${counted(got)}`;
}

// tap ends a test of its own accord after 30 s; the long form takes minutes.
t.setTimeout(0);
t.test(
  `${INPUTS} pages of notices: none crashes, none is lost, sums are the payments'`,
  async (t) => {
    const failures: string[] = [];
    const seen = new Map<string, number>();
    const count = (name: string) => seen.set(name, (seen.get(name) ?? 0) + 1);
    let slowestMs = 0;
    for (let number = 0; number < INPUTS; number += 1) {
      const chance = new Chance(SEED + number);
      const input = inputOf(chance);
      const startedAt = performance.now();
      try {
        const got = await read(input.bytes, 1 << 16);
        const fault = faultOf(input, got);
        if (fault !== null) failures.push(`input ${number}: ${fault}`);
        count(got.payments > 0 ? `${input.kind} accepted` : `${input.kind} refused`);
        for (const code of new Set(got.codes)) count(code);
        if (number % 10 === 0) {
          const again = await read(input.bytes, 1 + chance.below(200));
          if (counted(again) !== counted(got))
            failures.push(`input ${number}: other in other pieces`);
        }
      } catch (error) {
        failures.push(`input ${number}: ${error instanceof Error ? error.stack : error}`);
      }
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
    t.same(failures.slice(0, 5), [], `${failures.length} failures`);
    const wanted = [
      "whole accepted",
      "damaged accepted",
      "damaged refused",
      "BAD_AMOUNT",
      "BAD_DATE",
    ];
    for (const name of [...wanted, "MISSING_REQUIRED", "DTD_FORBIDDEN"]) {
      t.ok((seen.get(name) ?? 0) > 0, `${name} ${seen.get(name)}`);
    }
    t.comment(`slowest ${slowestMs.toFixed(0)} ms`);
    t.comment([...seen].map(([name, times]) => `${name} ${times}`).join(", "));
  },
);
