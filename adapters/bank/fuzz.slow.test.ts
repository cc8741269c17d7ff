import iconv from "iconv-lite";
import t from "tap";
import { Chance, damaged } from "../shared/testing.ts";
import { account, file, header, incoming, OURS, outgoing, read } from "./testing.ts";

/** Long form: FUZZ_INPUTS=100000. One input in five is no mutant of a valid statement at most. */
const INPUTS = Number(process.env["FUZZ_INPUTS"] ?? 4000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20260112);

const SECOND = "40702810500000001002";
const roubles = (kopecks: number) => {
  const digits = String(Math.abs(kopecks)).padStart(3, "0");
  return `${kopecks < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};

/** A valid statement of one or two accounts, as the lines that mutations work on. */
function validStatement(chance: Chance): string[] {
  const accounts = chance.below(3) === 0 ? [OURS, SECOND] : [OURS];
  const totals = new Map(accounts.map((one) => [one, { in: 0, out: 0 }]));
  const documents = Array.from({ length: 1 + chance.below(6) }, (_, index) => {
    const own = chance.of(accounts);
    const total = totals.get(own) ?? { in: 0, out: 0 };
    const amount = chance.of([1, 100, 50_000, chance.below(10_000_000) + 1]);
    const isRed = chance.below(12) === 0;
    const fields = {
      Номер: String(chance.below(3) + index),
      Сумма: roubles(isRed ? -amount : amount),
    };
    if (chance.below(3) > 0) {
      total.in += isRed ? -amount : amount;
      const rows = incoming({ ...fields, ПолучательСчет: own, ПолучательБИК: null });
      // An identical row is genuine: the turnover holds it.
      if (chance.below(8) > 0) return rows;
      total.in += isRed ? -amount : amount;
      return [...rows, ...rows];
    }
    total.out += isRed ? -amount : amount;
    return outgoing({ ...fields, ПлательщикСчет: own });
  });
  const sections = accounts.map((one) => {
    const opening = chance.below(1_000_000_000) - 1000;
    const { in: credited, out } = totals.get(one) ?? { in: 0, out: 0 };
    return account({
      РасчСчет: one,
      НачальныйОстаток: roubles(opening),
      ВсегоПоступило: roubles(credited),
      ВсегоСписано: roubles(out),
      КонечныйОстаток: roubles(opening + credited - out),
    });
  });
  return file(header(), ...sections, ...documents).split("\r\n");
}

const LINES = [
  "КонецДокумента",
  "КонецФайла",
  "КонецРасчСчет",
  "СекцияРасчСчет",
  "СекцияДокумент=Мемориальный ордер",
  "1CClientBankExchange",
  "Сумма=0.01",
  "Неизвестно=1",
  "строка без ключа",
  "НазначениеПлатежа=Сумма=5",
  "",
  "\u0000",
];
const AMOUNTS = [
  "",
  "0",
  "-1.00",
  "1e3",
  "1.234,56",
  "12,345",
  "1 000,5",
  "99999999999999999999",
  "５",
];
const DATES = [
  "",
  "31.02.2026",
  "12.01.2026",
  "13.01.2026",
  "12.01.0026",
  "2026-01-12",
  "1.1.2026",
];

type Mutation = (lines: string[], chance: Chance) => void;
const inLine = (pattern: RegExp, replacements: readonly string[]): Mutation => {
  return (lines, chance) => {
    const indexes = lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
    const index = chance.of(indexes) ?? 0;
    const line = lines[index] ?? "";
    lines[index] = line.replace(pattern, (found) => found.split("=")[0] + chance.of(replacements));
  };
};
const values = (texts: readonly string[]) => texts.map((text) => `=${text}`);

const TEXT_MUTATIONS: readonly Mutation[] = [
  inLine(/^(Сумма|Всего|Началь|Конечный).*$/, values(AMOUNTS)),
  inLine(/^Дата.*$/, values(DATES)),
  inLine(
    /^(Плательщик|Получатель)Счет=.*$/,
    values(["", OURS, SECOND, "1", "4081781040000000000x"]),
  ),
  inLine(/^Номер=.*$/, values(["", "1", "77=77"])),
  inLine(/^Назначение.*$/, values(["", "сторно", "КонецДокумента", "я".repeat(5000), "a=b"])),
  inLine(/^Верси.*$/, values(["1.01", "2.0", ""])),
  (lines, chance) => lines.splice(chance.below(lines.length), 1),
  (lines, chance) => {
    const from = chance.below(lines.length);
    lines.splice(chance.below(lines.length), 0, lines[from] ?? "");
  },
  (lines, chance) => {
    const [a, b] = [chance.below(lines.length), chance.below(lines.length)];
    [lines[a], lines[b]] = [lines[b] ?? "", lines[a] ?? ""];
  },
  (lines, chance) => lines.splice(chance.below(lines.length), 0, chance.of(LINES)),
  // A whole document again: a repeat, unless the balance had room for it.
  (lines) => {
    const from = lines.findIndex((line) => line.startsWith("СекцияДокумент"));
    const to = lines.indexOf("КонецДокумента", from);
    if (from >= 0 && to > from) lines.splice(to + 1, 0, ...lines.slice(from, to + 1));
  },
];

function randomBytes(chance: Chance): Buffer {
  const mark = chance.of(["", "\ufeff", "1CClientBankExchange\r\n", "1CClientBankExchange\n="]);
  const bytes = Array.from({ length: chance.below(300) }, () => chance.below(256));
  return Buffer.concat([Buffer.from(mark), Buffer.from(bytes)]);
}

interface Input {
  readonly bytes: Buffer;
  readonly isMutant: boolean;
  /** Text whose bytes were not damaged: the second method reads it. */
  readonly text: string | null;
}

function inputOf(chance: Chance): Input {
  if (chance.below(10) === 0) return { bytes: randomBytes(chance), isMutant: false, text: null };
  const lines = validStatement(chance);
  const kind = chance.below(10);
  if (kind < 7) {
    for (let count = chance.below(4); count > 0; count -= 1)
      chance.of(TEXT_MUTATIONS)(lines, chance);
  }
  const text = lines.join(chance.of(["\r\n", "\n"]));
  const bytes = iconv.encode(text, chance.of(["win1251", "win1251", "cp866", "koi8-r", "utf8"]));
  if (kind < 7) return { bytes, isMutant: true, text };
  return { bytes: damaged(bytes, chance), isMutant: true, text: null };
}

/** Kopecks by the last two digits after a dot or comma; the second method, for amounts that were accepted. */
function naiveKopecks(text: string): number {
  const [whole = "", fraction = ""] = text.trim().replace(",", ".").split(".");
  const sign = whole.startsWith("-") ? -1 : 1;
  return sign * (Number(whole.replace(/\D/g, "")) * 100 + Number(fraction.padEnd(2, "0")));
}

/** Closing − opening of each account, from its distinct sections of one day; no reader of ours is used. */
function statedMovement(text: string): Map<string, number> {
  const moved = new Map<string, number>();
  for (const [, body = ""] of text.matchAll(/^СекцияРасчСчет\s*$(.*?)^КонецРасчСчет\s*$/gms)) {
    const of = (key: string) => new RegExp(`^\\s*${key}\\s*=(.*)$`, "m").exec(body)?.[1] ?? "";
    const change = naiveKopecks(of("КонечныйОстаток")) - naiveKopecks(of("НачальныйОстаток"));
    // Sections of other days add up; a copy of a section says the same again.
    const key = `${of("РасчСчет").trim()}`;
    const days = `${of("ДатаНачала").trim()}-${of("ДатаКонца").trim()}`;
    if (moved.has(`${key} ${days}`)) continue;
    moved.set(`${key} ${days}`, change);
  }
  const byAccount = new Map<string, number>();
  for (const [key, change] of moved) {
    const [own = ""] = key.split(" ");
    byAccount.set(own, (byAccount.get(own) ?? 0) + change);
  }
  return byAccount;
}

async function faultsOf({ bytes, text }: Input, pieceBytes: number) {
  const got = await read(bytes, {}, pieceBytes);
  const faults: string[] = [];
  const isRefused = got.codes.some((code) => / (rejected|quarantined)$/.test(code));
  const kept = got.records.length;
  if (isRefused && (kept > 0 || got.header !== null)) faults.push("a refused file has records");
  if (!isRefused && (kept === 0 || got.header === null)) faults.push("neither read nor refused");
  if (isRefused || text === null) return { ...got, isRefused, faults };
  const dropped = got.codes.filter((code) => code.startsWith("DUPLICATE_ROW")).length;
  const documents = text.match(/^\s*СекцияДокумент\s*=/gm)?.length ?? 0;
  const places = text.split("\n");
  // The second side of a transfer stands at another line than its document's start.
  const second = got.records.filter(({ at }) => !places[at - 1]?.includes("СекцияДокумент")).length;
  const droppedSecond = got.codes.filter((code) => {
    const [name, line] = code.split(":");
    return name === "DUPLICATE_ROW" && !places[Number(line) - 1]?.includes("СекцияДокумент");
  }).length;
  if (kept + dropped - second - droppedSecond !== documents) {
    faults.push(`${kept} kept + ${dropped} dropped of ${documents} documents`);
  }
  const sums = new Map<string, number>();
  for (const { ourAccount, direction, amount } of got.records) {
    const own = ourAccount ?? "";
    sums.set(own, (sums.get(own) ?? 0) + (direction === "IN" ? amount : -amount));
  }
  for (const [own, change] of statedMovement(text)) {
    const sum = sums.get(own) ?? 0;
    if (sum !== change) faults.push(`${own}: rows ${sum}, balance ${change}`);
  }
  return { ...got, isRefused, faults };
}

// tap ends a test of its own accord after 30 s; the long form takes minutes.
t.setTimeout(0);
t.test(`${INPUTS} inputs: none crashes, every accepted one balances`, async (t) => {
  const failures: string[] = [];
  const seen = new Map<string, number>();
  let mutants = 0;
  let accepted = 0;
  let slowestMs = 0;
  for (let number = 0; number < INPUTS; number += 1) {
    const chance = new Chance(SEED + number);
    const input = inputOf(chance);
    if (input.isMutant) mutants += 1;
    const startedAt = performance.now();
    try {
      const outcome = await faultsOf(input, 1 << 16);
      const codes = new Set(outcome.codes.map((code) => code.split(":")[0] ?? ""));
      for (const code of codes) seen.set(code, (seen.get(code) ?? 0) + 1);
      for (const fault of outcome.faults) failures.push(`input ${number}: ${fault}`);
      if (!outcome.isRefused) accepted += 1;
      if (number % 10 === 0) {
        const again = await faultsOf(input, 1 + chance.below(200));
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
  t.ok(mutants >= INPUTS * 0.8, `${mutants} of ${INPUTS} are mutants of valid statements`);
  t.ok(accepted > INPUTS * 0.2, `${accepted} were accepted`);
  for (const code of ["BALANCE_MISMATCH", "DUPLICATE_ROW", "TRUNCATED", "BAD_AMOUNT", "BAD_DATE"]) {
    t.ok((seen.get(code) ?? 0) > 0, `${code} ${seen.get(code)}`);
  }
  t.comment(`slowest ${slowestMs.toFixed(0)} ms`);
  t.comment([...seen].map(([code, count]) => `${code} ${count}`).join(", "));
});
