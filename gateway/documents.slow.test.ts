import t from "tap";
import { day, formatDay, type Month, month } from "../normalizer/model/dates.ts";
import type { LedgerEntry } from "../normalizer/model/facts.ts";
import type { AccountId, MessageId, Seq } from "../normalizer/model/ids.ts";
import type {
  OutboundAccount,
  OutboundAcknowledgement,
  PaymentDocument,
} from "../normalizer/model/outbound.ts";
import type { MoneyRecord } from "../normalizer/model/records.ts";
import { kopecks } from "../normalizer/model/units.ts";
import { placeOf } from "../normalizer/store/account-place.ts";
import type { Database } from "../normalizer/store/database.ts";
import { markLegs } from "../normalizer/store/documents.ts";
import { insertFacts } from "../normalizer/store/facts.ts";
import { ensurePartitions } from "../normalizer/store/partitions.ts";
import { writePairs } from "../normalizer/store/payment-pairs.ts";
import { writePayments, writeRecognitions } from "../normalizer/store/payments.ts";
import type { KnownRun } from "../normalizer/store/posted.ts";
import { addLedgerEntries, balanceOf, knownRuns } from "../normalizer/store/posted.ts";
import { approve, currentPin } from "../normalizer/store/results.ts";
import { inShard } from "../normalizer/store/shard-transaction.ts";
import { runCli } from "./cli.ts";
import { projection } from "./delivery/projections/gis-zhkh.ts";
import { DocumentRefusedError, paymentDocumentOf } from "./documents.ts";
import { closePeriod } from "./runs/close.ts";
import { openRun } from "./runs/create.ts";
import {
  ACCOUNTS,
  accountBody,
  COMMON,
  correct,
  createSupplier,
  fact,
  SERVERS,
  SUPPLIER,
} from "./runs/testing.ts";
import { workOn } from "./runs/work.ts";

const july = month("2021-07");
const august = month("2021-08");
const { organisation, mkd, house } = SUPPLIER;
const NO_MESSAGE = 0 as MessageId;

async function billAndPost(owner: Database, hub: Database, period: Month): Promise<void> {
  const { run } = await openRun(hub, { organisation, period, author: "test", accountsMax: 100 });
  const signal = new AbortController().signal;
  await workOn(hub, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(owner, run, "test");
}

async function addOrganisationFacts(hub: Database): Promise<void> {
  const { shard, site } = COMMON;
  const calendar = { daysOff: [], workingWeekends: [], act: "Календарь 2021 года" };
  const account = {
    bankName: "Банк",
    bic: "044500017",
    correspondentAccount: "30101810000000000017",
    main: true,
  };
  await inShard(hub, shard, (common) =>
    insertFacts(common, [
      fact("bank-account", site, "40702810400000000017", account, NO_MESSAGE),
      fact("bank-account", site, "40702810000000000099", { ...account, main: false }, NO_MESSAGE),
      fact("calendar", site, "RU", calendar, NO_MESSAGE, "2021-01-01", "2022-01-01"),
    ]),
  );
}

async function pay(
  hub: Database,
  where: typeof mkd | typeof house,
  entries: readonly (readonly [account: number, on: string, amount: number])[],
) {
  await ensurePartitions(
    hub,
    "ledger_entry",
    entries.map(([, on]) => on),
  );
  await inShard(hub, where.shard, (inOne) =>
    addLedgerEntries(
      inOne,
      organisation,
      entries.map(([account, on, amount], at) => {
        const kind: LedgerEntry["kind"] = amount < 0 ? "PAYMENT" : "REVERSAL";
        return {
          account: account as AccountId,
          site: where.site,
          kind,
          valueDay: day(on),
          period: month(on.slice(0, 7)),
          origin: null,
          amount: kopecks(amount),
          source: { message: 5 as MessageId, at },
        };
      }),
    ),
  );
}

async function documentOf(
  hub: Database,
  account: number,
  period: Month,
): Promise<PaymentDocument | null> {
  const place = await placeOf(hub, { organisation, districts: null }, String(account));
  if (!place.ok) throw new Error(place.problem);
  return paymentDocumentOf(hub, place.value, period);
}

const servicesText = (document: PaymentDocument | null) =>
  document?.services.map(({ name, by, volume, total }) => `${name} ${by} ${volume} ${total}`);

const sumsOf = (document: PaymentDocument | null) => {
  if (document === null) return null;
  const { payable, debt, advance, paid, payableWithDebt } = document;
  return { payable, debt, advance, paid, payableWithDebt };
};

async function project(
  hub: Database,
  where: typeof mkd | typeof house,
  runs: readonly KnownRun[],
  after: number,
) {
  const pin = await currentPin(hub);
  return hub.transaction((transaction) =>
    projection({
      transaction,
      destination: "gis-zhkh",
      organisation,
      shard: where.shard,
      runs,
      after: after as Seq,
      upTo: pin[where.shard] as Seq,
    }),
  );
}

const NOTICE: MoneyRecord = {
  kind: "money",
  at: 1,
  source: "GIS_ZHKH",
  ourAccount: null,
  direction: "IN",
  other: { name: "", inn: "", account: "", bic: "" },
  documentKind: "Извещение ГИС ЖКХ",
  documentNumber: "1",
  documentDay: day("2021-09-02"),
  paidDay: day("2021-09-02"),
  postedDay: day("2021-09-02"),
  amount: 1,
  purpose: "",
  period: null,
  accountNumber: null,
  operationId: "1",
  reverses: null,
  occurrence: 1,
  problems: [],
};

for (const { server, create, skip } of SERVERS) {
  t.test(`documents of a small supplier, on ${server}`, { skip }, async (t) => {
    const { hub, owner, ownerUrl } = await create(t);
    await createSupplier(hub);
    await billAndPost(owner, hub, july);

    await t.test("without requisites there is none, and the problem says so", async (t) => {
      const refused = await documentOf(hub, ACCOUNTS.house, july).catch((error: unknown) => error);
      t.type(refused, DocumentRefusedError);
      // The due day comes first: no calendar.
      t.match(refused, { problem: { code: "NO_LAW_DATA" } });
    });
    await addOrganisationFacts(hub);
    await pay(hub, mkd, [
      [ACCOUNTS.byNorm, "2021-07-05", -100_00],
      [ACCOUNTS.byNorm, "2021-08-05", -800_00],
      [ACCOUNTS.byNorm, "2021-08-09", -50_00],
      [ACCOUNTS.byNorm, "2021-08-10", 50_00],
    ]);

    await t.test("worked examples of the rules as documents", async (t) => {
      const document = await documentOf(hub, ACCOUNTS.replaced, july);
      t.same(servicesText(document), [
        "Электроснабжение, день M 320000 21088",
        "Электроснабжение, день M 920000 62744",
        "Электроснабжение, ночь M 167273 4215",
        "Электроснабжение, ночь M 432727 11467",
      ]);
      t.same(
        document?.readings.map(({ serial, zone, from, to }) => `${serial} ${zone} ${from} ${to}`),
        ["2 T1 10000000 10440000", "2 T2 4000000 4230000", "3 T1 0 800000", "3 T2 0 370000"],
      );
      t.same(sumsOf(document), {
        payable: 995_14,
        debt: 0,
        advance: 0,
        paid: 0,
        payableWithDebt: 995_14,
      });
      t.equal(document && formatDay(document.dueOn), "2021-08-10");
      t.match(document?.paymentCode, "|PersonalAcc=40702810400000000017|");
      t.match(document?.paymentCode, "|CounterId=2|ServiceName=T1|CounterVal=1044|");
      t.same(servicesText(await documentOf(hub, ACCOUNTS.house, july)), [
        "Электроснабжение M 2130000 126309",
      ]);
      // 2 × 77 × 5.93, of which 100.00 was paid before the end of the month.
      t.same(sumsOf(await documentOf(hub, ACCOUNTS.byNorm, july)), {
        payable: 913_22,
        debt: 0,
        advance: 100_00,
        paid: 100_00,
        payableWithDebt: 813_22,
      });
      t.equal(await documentOf(hub, ACCOUNTS.parked, july), null, "a held account has none");
      t.equal(await documentOf(hub, ACCOUNTS.house, august), null);
    });

    await t.test("hub receipt prints it", async (t) => {
      const out: string[] = [];
      const context = {
        environment: { DATABASE_URL: ownerUrl },
        out: (text: string) => out.push(text),
        note: (text: string) => out.push(text),
        signal: new AbortController().signal,
      };
      const number = String(ACCOUNTS.byNorm);
      t.equal(await runCli(["receipt", number, "--period", "2021-07"], context), 0);
      const text = out.join("\n");
      t.match(text, "по нормативу: 154 кВт·ч × 5,93 ₽/кВт·ч = 913,22 ₽");
      t.match(text, "К оплате до 10.08.2021: 813,22 ₽");
      t.match(text, "|PersAcc=5003|");
      out.length = 0;
      t.equal(await runCli(["receipt", number, "--period", "2021-07", "--json"], context), 0);
      t.match(JSON.parse(out.join("")), { month: "2021-07", payableWithDebt: 813_22 });
      t.equal(await runCli(["receipt", number, "--period", "2021-06"], context), 1);
    });

    const sumsBefore = await documentOf(hub, ACCOUNTS.byNorm, july);
    await closePeriod(hub, {
      organisation,
      period: july,
      author: "test",
      waitMs: 1000,
      onProgress: () => undefined,
    });
    await billAndPost(owner, hub, august);

    await t.test(
      "the next month starts from the checkpoint, and comes to the balance",
      async (t) => {
        const document = await documentOf(hub, ACCOUNTS.byNorm, august);
        // 813.22 less 800.00; a payment that was taken back counts for nothing.
        t.same(sumsOf(document), {
          payable: 913_22,
          debt: 13_22,
          advance: 0,
          paid: 800_00,
          payableWithDebt: 926_44,
        });
        t.equal(document?.lastPaidOn && formatDay(document.lastPaidOn), "2021-08-09");
        const whose = { ...mkd, account: ACCOUNTS.byNorm as AccountId };
        const runs = await knownRuns(hub, organisation, null);
        t.equal(document?.payableWithDebt, await balanceOf(hub, whose, runs, null));
        t.same(await documentOf(hub, ACCOUNTS.byNorm, july), sumsBefore, "July stays as it was");
      },
    );

    await t.test("the projection: accounts, and a document per billed month", async (t) => {
      const runs = await knownRuns(hub, organisation, null);
      const keys = async (...args: Parameters<typeof project>) =>
        (await project(...args)).map(({ object, needs }) => [object, ...needs].join(" ← "));
      t.same(await keys(hub, mkd, runs, 0), [
        "account/5001",
        "account/5002",
        "account/5003",
        "account/5004",
        "payment-document/5001/2021-07 ← account/5001",
        "payment-document/5002/2021-07 ← account/5002",
        "payment-document/5003/2021-07 ← account/5003",
        "payment-document/5001/2021-08 ← account/5001",
        "payment-document/5002/2021-08 ← account/5002",
        "payment-document/5003/2021-08 ← account/5003",
      ]);
      const again = await project(hub, mkd, runs, 0);
      t.equal(JSON.stringify(again), JSON.stringify(await project(hub, mkd, runs, 0)));
      t.same(
        again.find(({ object }) => object === "payment-document/5003/2021-07")?.content,
        sumsBefore,
      );
      const now = (await currentPin(hub))[mkd.shard] ?? 0;
      t.same(await keys(hub, mkd, [], now), []);
      await inShard(hub, mkd.shard, (inOne) =>
        insertFacts(inOne, [fact("residents", mkd.site, 5_005, { count: 3 }, NO_MESSAGE)]),
      );
      t.same(await keys(hub, mkd, [], now), [], "residents of an account that is not known yet");
      const business = { ...SUPPLIER.bakery };
      t.same(await keys(hub, business as typeof mkd, runs, 0), []);
    });

    await t.test("a payment that ГИС ЖКХ told of is acknowledged by its document", async (t) => {
      const runs = await knownRuns(hub, organisation, null);
      const after = (await currentPin(hub))[mkd.shard] ?? 0;
      const notice = (at: number, account: number | null, period: string | null) => ({
        organisation,
        message: 7 as MessageId,
        record: {
          ...NOTICE,
          at,
          amount: at * 100,
          period: period === null ? null : month(period),
          other: { ...NOTICE.other, notice: `guid-${at}` },
        },
        key: `key ${at}`,
        direction: "IN" as const,
        account: account === null ? null : { site: mkd.site, account: account as AccountId },
        reversed: null,
        code: null,
      });
      const back = { ...notice(4, ACCOUNTS.byNorm, null), key: "back", direction: "OUT" as const };
      await ensurePartitions(hub, "payment", ["2021-09-02"]);
      await inShard(hub, mkd.shard, (inOne) =>
        writePayments(inOne, [
          notice(1, ACCOUNTS.byNorm, null),
          notice(2, ACCOUNTS.byNorm, "2021-07"),
          notice(3, ACCOUNTS.parked, null),
          notice(4, ACCOUNTS.byNorm, null),
          {
            ...back,
            record: { ...back.record, at: 5 },
            reversed: { message: 7 as MessageId, at: 4 },
          },
        ]),
      );
      const acknowledged = async (of: readonly KnownRun[], from: number) =>
        (await project(hub, mkd, of, from))
          .filter(({ kind }) => kind === "acknowledgement")
          .map(({ object, needs, content }) => {
            const { document, reason } = content as OutboundAcknowledgement;
            return [object, ...needs, document?.amount, reason];
          });
      const waits = await acknowledged([], after);
      t.equal(runs.length, 2);
      // Account 5003 is billed by norm at one rate: one service. 5004 has no document and waits.
      t.same(waits, [
        ["acknowledgement/guid-1/5003/T0", "payment-document/5003/2021-08", 100, null],
        ["acknowledgement/guid-2/5003/T0", "payment-document/5003/2021-07", 200, null],
      ]);
      const now = (await currentPin(hub))[mkd.shard] ?? 0;
      const [first, second] = runs;
      if (first === undefined || second === undefined) throw new Error("two months are billed");
      t.same(
        await acknowledged([first, second], now),
        waits,
        "what came before the first document is acknowledged with it",
      );
      t.same(await acknowledged([second], now), [], "and not again with the next one");
    });

    await t.test("a notice that stands in common is acknowledged too", async (t) => {
      const after = (await currentPin(hub))[mkd.shard] ?? 0;
      const place = { shard: mkd.shard, site: mkd.site, account: ACCOUNTS.byNorm as AccountId };
      const said = { organisation, author: "petrova", ground: "звонок" };
      const at = (message: number, line: number) => ({ message: message as MessageId, at: line });
      const unrecognised = (message: number, line: number, source: "BANK" | "GIS_ZHKH") => ({
        organisation,
        message: message as MessageId,
        record: {
          ...NOTICE,
          ...{ source, at: line, amount: line * 100 },
          other: { ...NOTICE.other, ...(source === "BANK" ? {} : { notice: `guid-${line}` }) },
        },
        key: `common ${message}:${line}`,
        direction: "IN" as const,
        account: null,
        reversed: null,
        code: null,
      });
      const pair = (second: number, first: number, whose: typeof place | null) => ({
        organisation,
        second: at(9, second),
        first: at(8, first),
        said: at(9, second),
        kind: "SAME" as const,
        place: whose,
        author: null,
        ground: null,
      });
      await inShard(hub, COMMON.shard, async (common) => {
        await writePayments(common, [
          unrecognised(9, 11, "GIS_ZHKH"),
          unrecognised(9, 12, "GIS_ZHKH"),
          unrecognised(9, 13, "GIS_ZHKH"),
          unrecognised(9, 14, "GIS_ZHKH"),
          unrecognised(8, 12, "BANK"),
        ]);
        // 11 a person gives in two parts; 12 is the second sight of a line that a person gives; 13 of one that the
        // account has; 14 is nobody's.
        await writeRecognitions(common, [
          { ...said, ...place, payment: at(9, 11), ...at(10, 1), amount: 600 },
          { ...said, ...place, payment: at(9, 11), ...at(11, 1), amount: 500 },
          { ...said, ...place, payment: at(8, 12), ...at(11, 2), amount: 1_200 },
        ]);
        await writePairs(common, [pair(12, 12, null), pair(13, 77, place), pair(14, 78, null)]);
      });
      await inShard(hub, mkd.shard, (inOne) => markLegs(inOne, [9, 10, 11] as MessageId[]));
      const acknowledged = async (of: readonly KnownRun[], from: number) =>
        (await project(hub, mkd, of, from))
          .filter(({ kind }) => kind === "acknowledgement")
          .map(({ object, content }) => [
            object,
            (content as OutboundAcknowledgement).document?.amount,
          ]);
      const want = [
        ["acknowledgement/guid-11/5003-10/T0", 600],
        ["acknowledgement/guid-11/5003-11/T0", 500],
        ["acknowledgement/guid-12/5003-11/T0", 1_200],
        ["acknowledgement/guid-13/5003/T0", 1_300],
      ];
      t.same(await acknowledged([], after), want);
      const now = (await currentPin(hub))[mkd.shard] ?? 0;
      t.same(await acknowledged([], now), []);
      const runs = await knownRuns(hub, organisation, null);
      const first = (await acknowledged(runs, now)).filter(([object]) =>
        /guid-1\d/.test(`${object}`),
      );
      t.same(first, want, "and with the account's first document, had it come later");
    });

    await t.test("an account as ГИС ЖКХ must know it", async (t) => {
      const body = { ...accountBody(ACCOUNTS.house, "N77"), areaM2: "71.5" };
      await correct(hub, house.shard, [
        fact("account", house.site, ACCOUNTS.house, body, NO_MESSAGE, "2021-09-01"),
        fact("residents", house.site, ACCOUNTS.house, { count: 4 }, NO_MESSAGE, "2021-09-01"),
        fact(
          "account",
          house.site,
          6_002,
          accountBody(6_002, null),
          NO_MESSAGE,
          "2020-01-01",
          "2021-06-01",
        ),
      ]);
      const expected: OutboundAccount = {
        number: "6001",
        holder: "Иванов И. И.",
        areaM2: "71.5",
        residents: 4,
        address: "г. Энск",
        premises: "кв. 1",
        houseGuid: null,
        closedOn: null,
      };
      const states = await project(hub, house, [], 0);
      t.same(
        states.map(({ content }) => content),
        [
          expected,
          {
            ...expected,
            number: "6002",
            premises: "кв. 2",
            areaM2: "50.0",
            residents: null,
            closedOn: day("2021-05-31"),
          },
        ],
      );
    });
  });
}
