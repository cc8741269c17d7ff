import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import t from "tap";
import { target } from "../../adapters/gis-zhkh/index.ts";
import { account, config, hasReference, REFERENCE } from "../../adapters/gis-zhkh/testing.ts";
import type { OrganisationId, Shard } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { storeDesired } from "../../normalizer/store/deliveries.ts";
import { releaseDestination } from "../../normalizer/store/delivery-moves.ts";
import { readRest } from "../../normalizer/store/exchanges.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import type { Fault } from "../../simulators/gis-zhkh/faults.ts";
import type { GisZhkh } from "../../simulators/gis-zhkh/gis-zhkh.ts";
import { startGisZhkh } from "../../simulators/gis-zhkh/gis-zhkh.ts";
import { Sender } from "./sender.ts";
import { TEST_LIMITS, TestClock } from "./testing.ts";

const START_MS = Date.UTC(2026, 1, 1);
const organisation = 1 as OrganisationId;
const IMPORT = "importAccountData";
const EXPORT = "exportAccountData";
/** The account that goes wrong, and one of the same message where a single object is refused. */
const NUMBERS = ["1", "2"];

/** What came of a delivery in the end. */
interface Ending {
  /** State and our code of account 1; where a person must release the destination, that and why. */
  readonly end: string;
  readonly foreignCode: string | null;
  readonly imports: number;
  readonly exports: number;
  /** Seconds between the first import and the second, when there are two. */
  readonly waitedSeconds: number | null;
}

/** Places one or two accounts at a ГИС ЖКХ that does `wrong`, until nothing is due any more. */
async function place(
  database: Database,
  numbers: readonly string[],
  wrong: (gis: GisZhkh) => void,
  isReleased = false,
): Promise<Ending & { readonly faults: readonly string[] }> {
  const gis = await startGisZhkh({ pollsBeforeResult: 1 });
  const open = await target.open(
    config({ address: gis.origin, pollDelaysMs: [1], giveUpMs: 86_400_000, timeoutMs: 60_000 }),
    {},
  );
  const failures: unknown[] = [];
  try {
    wrong(gis);
    const id = randomUUID();
    const clock = new TestClock(START_MS);
    const rows = numbers.map((number) => ({
      object: `account/${number}`,
      kind: "account",
      account: null,
      needs: [],
      content: { ...account, number },
    }));
    const where = { destination: id, organisation, shard: 3 as Shard };
    await storeDesired(database, where, rows, START_MS);
    const sender = new Sender({
      database,
      destination: {
        id,
        organisation,
        target,
        open,
        projection: null,
        limits: { ...TEST_LIMITS, concurrency: 1 },
      },
      clock,
      random: () => 0.5,
      newMessageId: () => randomUUID(),
      signal: new AbortController().signal,
      onFailure: (error) => failures.push(error),
    });
    for (let next = await sender.drain(); next !== null; next = await sender.drain()) {
      clock.moveTo(next);
    }
    const end = await ending(database, id, gis);
    const scope = { organisation, districts: null };
    if (isReleased && (await releaseDestination(database, scope, id, "test"))) {
      const first = await sender.drain();
      for (let next = first; next !== null; next = await sender.drain()) clock.moveTo(next);
    }
    return {
      ...(isReleased ? await ending(database, id, gis) : end),
      faults: await faultsOf(database, id, gis, failures),
    };
  } finally {
    await open.close();
    await gis.stop();
  }
}

async function ending(database: Database, destination: string, gis: GisZhkh): Promise<Ending> {
  const [row] = await rowsOf(database, destination);
  const rest = await readRest(database, destination);
  const sent = await database.query<{ at: number }>(
    `select extract(epoch from sent_at)::float8 as at from exchange where destination = $1
     order by id`,
    [destination],
  );
  const [first, second] = sent;
  const said = [row?.state, row?.code].filter((one) => one !== null).join(" ");
  return {
    end: rest?.stopped === true ? `stopped ${rest.code}` : said,
    foreignCode: row?.foreign_code ?? null,
    imports: gis.state.counters.requests[IMPORT] ?? 0,
    exports: gis.state.counters.requests[EXPORT] ?? 0,
    waitedSeconds: first === undefined || second === undefined ? null : second.at - first.at,
  };
}

const rowsOf = (database: Database, destination: string) =>
  database.query<{ object: string; state: string; code: string | null; foreign_code: string }>(
    `select object, state, code, foreign_code from delivery where destination = $1 order by object`,
    [destination],
  );

/** What no row may bring about; empty = nothing of it. */
async function faultsOf(
  database: Database,
  destination: string,
  gis: GisZhkh,
  failures: readonly unknown[],
): Promise<readonly string[]> {
  const faults = failures.map(String);
  const { duplicates, accountsByNumber, counters } = gis.state;
  if (duplicates.length > 0) faults.push("an account was placed twice");
  if (counters.duplicateGuids.length > 0) faults.push("a MessageGUID went twice");
  const [one, ...others] = await rowsOf(database, destination);
  if (one?.state === "confirmed" && !accountsByNumber.has("1")) faults.push("confirmed, not there");
  for (const { object, state } of others) {
    if (state !== "confirmed") faults.push(`${object} of the same message is ${state}`);
  }
  return faults;
}

interface Want {
  readonly end: string;
  readonly imports: number;
  readonly exports?: number;
  /** Both inclusive, seconds. */
  readonly waits?: readonly [number, number];
}

type Case = readonly [
  name: string,
  numbers: readonly string[],
  wrong: (gis: GisZhkh) => void,
  want: Want,
];

const ONE = NUMBERS.slice(0, 1);
const whole = (fault: Fault, times = 1) => {
  return (gis: GisZhkh) => gis.inject(fault, { operation: IMPORT, times });
};

/** The actions that the table states, as they end: with a message anew, without one, with the channel at rest. */
const ANEW: Want = { end: "confirmed", imports: 2, waits: [60, 120] };
const AFTER_UPLOAD: Want = { end: "confirmed", imports: 2 };
const AFTER_MAINTENANCE: Want = {
  end: "confirmed",
  imports: 2,
  waits: [TEST_LIMITS.maintenanceRestMs / 1000, Number.POSITIVE_INFINITY],
};
const parked = (code: string): Want => ({ end: `refused ${code}`, imports: 1 });
const STOPPED: Want = { end: "stopped ACCESS_DENIED", imports: 1 };

/** Rows of gis-zhkh.md 3.4 that are a code of the message or of an object. */
const CODES: readonly (readonly [string, Want])[] = [
  ["EXP001000 EXP002001 EXP002002 EXP002003 INT002018", ANEW],
  ["INT002000 INT002034", parked("REFERENCE_STALE")],
  ["INT002039 INT004159 INT008255 SRV008203", parked("OBJECT_REFUSED")],
  ["AUT011000 AUT011002 AUT011003 AUT011004 AUT011005 AUT011009", STOPPED],
  ["FMT001300 FMT001301 FMT001307 FMT001310", parked("FORMAT_REFUSED")],
  ["FIL001001 FIL001002 FIL001004 FIL001005", AFTER_UPLOAD],
  // Classed by the prefix: the page has none of them.
  ["EXP009999", ANEW],
  ["INT009999 SRV009999", parked("OBJECT_REFUSED")],
  ["AUT019999", STOPPED],
  ["FMT009999", parked("FORMAT_REFUSED")],
  ["FIL009999", AFTER_UPLOAD],
];

function codeCases(): Case[] {
  return CODES.flatMap(([codes, want]) =>
    codes.split(" ").flatMap((code): Case[] => [
      [`${code}, soap:Fault`, ONE, whole({ kind: "soap-fault", code }), want],
      [`${code}, ErrorMessage`, ONE, whole({ kind: "message-error", code }), want],
      [
        `${code}, Error of an object`,
        NUMBERS,
        (gis) => gis.refuseObjects({ code, accounts: ONE, times: 1 }),
        want,
      ],
    ]),
  );
}

const lost = (effect: "with" | "without", fault: Fault): Case => {
  // Read back first: what stands is not sent again, what is absent is.
  const want = { end: "confirmed", imports: effect === "with" ? 1 : 2, exports: 1 };
  return [`${JSON.stringify(fault)}, ${effect} effect`, ONE, whole(fault), want];
};

/** Rows where nobody can tell what became of the message. */
const LOST: readonly Case[] = [
  lost("with", { kind: "forgotten", done: true }),
  lost("without", { kind: "forgotten", done: false }),
  lost("with", { kind: "lost-after" }),
  lost("with", { kind: "cut" }),
  lost("without", { kind: "lost-before" }),
  ...([502, 503, 504] as const).flatMap((status) => [
    lost("with", { kind: "http", status, done: true }),
    lost("without", { kind: "http", status, done: false }),
  ]),
];

/** The export is the read-back of an import whose answer is lost; the question is about one that was acknowledged. */
const ofRead = (operation: typeof EXPORT | "getState", fault: Fault, exports: number): Case => [
  `${JSON.stringify(fault)} at ${operation}`,
  ONE,
  (gis) => {
    if (operation === EXPORT) gis.inject({ kind: "lost-after" }, { operation: IMPORT });
    gis.inject(fault, { operation });
  },
  { end: "confirmed", imports: 1, exports },
];

const REPEATED: readonly Fault[] = [
  { kind: "http", status: 502 },
  { kind: "http", status: 503 },
  { kind: "http", status: 504 },
  { kind: "lost-before" },
  { kind: "lost-after" },
  { kind: "cut" },
  { kind: "soap-fault", code: "EXP001000" },
  { kind: "soap-fault", code: "INT002029" },
];

/** Repeated at most 3 times, an upload once: then the object parks. */
const forEver = (codes: string, ours: string, imports: number): Case[] =>
  codes
    .split(" ")
    .map((code) => [
      `${code} for ever`,
      ONE,
      whole({ kind: "message-error", code }, 100),
      { end: `refused ${ours}`, imports },
    ]);

const OTHERS: readonly Case[] = [
  ...REPEATED.flatMap((fault) => [ofRead(EXPORT, fault, 2), ofRead("getState", fault, 0)]),
  [
    "INT002012: the export is a success with nothing in it",
    ONE,
    (gis) => {
      gis.inject({ kind: "lost-before" }, { operation: IMPORT });
      gis.inject({ kind: "message-error", code: "INT002012" }, { operation: EXPORT });
    },
    { end: "confirmed", imports: 2, exports: 1 },
  ],
  [
    "INT002013, soap:Fault of a question",
    ONE,
    (gis) => {
      gis.inject({ kind: "soap-fault", code: "INT002013" }, { operation: "getState" });
    },
    { end: "confirmed", imports: 1, exports: 1 },
  ],
  [
    "INT002029, soap:Fault",
    ONE,
    whole({ kind: "soap-fault", code: "INT002029" }),
    AFTER_MAINTENANCE,
  ],
  [
    "INT002029, ErrorMessage: refused for good, read back before it is sent anew",
    ONE,
    whole({ kind: "message-error", code: "INT002029" }),
    { ...AFTER_MAINTENANCE, exports: 1 },
  ],
  ["HTTP 400", ONE, whole({ kind: "http", status: 400 }), parked("FORMAT_REFUSED")],
  ...forEver("EXP001000 EXP002001 EXP002002 EXP002003 INT002018", "COUNTERPART_ERROR", 4),
  ...forEver("FIL001001 FIL001002 FIL001004 FIL001005", "ATTACHMENT_REFUSED", 2),
];

t.test("every row of gis-zhkh.md 3.4 ends in its action", async (t) => {
  const { hub } = await createTestDatabase(t);
  if (hasReference) {
    const page = readFileSync(`${REFERENCE}.md`, "utf8");
    const table = page.slice(page.indexOf("### 3.4"), page.indexOf("Prefix meaning"));
    const all = [...codeCases(), ...LOST, ...OTHERS].map(([name]) => name).join(" ");
    const missing = (table.match(/[A-Z]{3}0\d{5}/g) ?? []).filter((code) => !all.includes(code));
    t.strictSame(missing, [], "codes of the page that no case drives");
  }
  for (const [name, numbers, wrong, want] of [...codeCases(), ...LOST, ...OTHERS]) {
    const { waitedSeconds, faults, ...got } = await place(hub, numbers, wrong);
    const { waits, exports = 0, ...counts } = want;
    const { foreignCode, ...ended } = got;
    t.strictSame({ ...ended, faults }, { exports, ...counts, faults: [] }, name);
    if (numbers.length > 1 && got.end.startsWith("refused"))
      t.ok(name.startsWith(`${foreignCode},`));
    if (waits === undefined) continue;
    const [least, most] = waits;
    const waited = waitedSeconds ?? -1;
    t.ok(waited >= least && waited <= most, `${name}: waited ${waited} s`);
  }
});

t.test(
  "a refusal that stopped the destination is not asked for again once it is let go",
  async (t) => {
    const { hub } = await createTestDatabase(t);
    for (const code of ["AUT011000", "AUT019999"]) {
      const wrong = whole({ kind: "message-error", code });
      const { end, imports, exports, faults } = await place(hub, ONE, wrong, true);
      t.strictSame(
        { end, imports, exports, faults },
        { end: "confirmed", imports: 2, exports: 1, faults: [] },
      );
    }
  },
);
