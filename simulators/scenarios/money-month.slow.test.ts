import t from "tap";
import { adapter } from "../../adapters/bank/index.ts";
import { recognise } from "../../gateway/intake/desk.ts";
import { ingest } from "../../gateway/intake/ingest.ts";
import { checkProfile } from "../../gateway/intake/profile.ts";
import { addMonths, firstDay, month } from "../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { readUnrecognised, sumUnrecognised } from "../../normalizer/store/payments.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { monthOfMoney } from "../bank/month.ts";
import { accountNumber, household } from "../supplier/households.ts";
import { loadSupplier } from "../supplier/load.ts";
import { BANK_ACCOUNT } from "../supplier/rows.ts";

const ORGANISATION = 1 as OrganisationId;
const PERIOD = month("2026-01");
const RECEIVED_AT_MS = Date.UTC(2026, 1, 20);
const MAIN = { name: "АО «Поставщик»", inn: "", account: BANK_ACCOUNT, bic: "044500017" };
/** The supplier has it too: money goes there from the main one. */
const SECOND_ACCOUNT = "40702810400000000018";
const HOUSEHOLDS = 60;

t.test(
  "a month of statements with the faults of banks: every kopeck once, on its account",
  async (t) => {
    const { hub, owner } = await createTestDatabase(t);
    const { plan } = await loadSupplier(owner, {
      seed: 11,
      households: HOUSEHOLDS,
      businesses: 1,
      period: PERIOD,
      organisation: ORGANISATION,
    });
    await owner.execute(
      `insert into fact select (jsonb_populate_record(f, jsonb_build_object('subject', $2::text))).*
     from fact f where f.kind = 'bank-account' and f.subject = $1`,
      [BANK_ACCOUNT, SECOND_ACCOUNT],
    );
    const { sendings, paid, unnamed, totals } = monthOfMoney({
      seed: 5,
      from: firstDay(addMonths(PERIOD, 1)),
      own: [MAIN, { ...MAIN, account: SECOND_ACCOUNT }],
      payers: Array.from({ length: 50 }, (_, index) => ({
        accountNumber: accountNumber(index),
        name: `Плательщик ${index}`,
        kopecks: 30_000 + 7 * index,
      })),
    });
    const checked = checkProfile(adapter.profileSchema, {});
    if (!checked.ok) throw new Error(checked.problems.join("; "));
    const channel = {
      id: "bank",
      organisation: ORGANISATION,
      parse: adapter.parse,
      profile: checked.value,
    };
    const states = new Map<string, string[]>();
    for (const { event, name, bytes } of sendings) {
      const [taken] = await ingest(hub, {
        channel,
        adapter,
        settings: {},
        upload: {
          name,
          bytes: (async function* () {
            yield bytes;
          })(),
          envelope: {},
        },
        receivedAtMs: RECEIVED_AT_MS,
        signal: new AbortController().signal,
      });
      const state = taken?.duplicate === true ? "duplicate" : (taken?.message.state ?? "none");
      states.set(event, [...(states.get(event) ?? []), state]);
    }
    t.strictSame(
      Object.fromEntries(states),
      {
        regular: ["posted", "posted", "posted", "posted"],
        twice: ["duplicate"],
        truncated: ["quarantined"],
        resent: ["posted"],
        "wrong encoding": ["posted"],
        "repeated row": ["posted"],
        overlap: ["posted"],
      },
      "only the cut one is not taken",
    );

    const query = { organisation: ORGANISATION, direction: "IN" as const, after: null, limit: 100 };
    const open = await readUnrecognised(hub, query);
    t.equal(open.length, unnamed.length);
    for (const { documentNumber, parts } of unnamed) {
      const payment = open.find((each) => each.documentNumber === documentNumber);
      if (payment === undefined) throw new Error(`no ${documentNumber}`);
      const { problems } = await recognise(hub, {
        organisation: ORGANISATION,
        payment: { message: payment.message, at: payment.at },
        parts,
        author: "kassir",
        ground: "звонок плательщика",
        receivedAtMs: RECEIVED_AT_MS,
      });
      t.strictSame(problems, []);
    }
    t.strictSame(await sumUnrecognised(hub, ORGANISATION), { count: 0, left: 0 });

    const rows = await hub.query<{ number: string; balance: string }>(
      `select k.key as number, coalesce(sum(l.amount), 0) as balance
     from unique_key k left join ledger l
       on l.shard = k.shard and l.site = k.site and l.account = k.id
     where k.kind = 'account' group by 1`,
    );
    const balances = new Map(rows.map(({ number, balance }) => [number, Number(balance)]));
    const wrong: string[] = [];
    let paidKopecks = 0;
    for (let index = 0; index < HOUSEHOLDS; index += 1) {
      const number = accountNumber(index);
      const given = paid.get(number) ?? 0;
      paidKopecks += given;
      const wanted = household(plan, index).openingKopecks - given;
      if (balances.get(number) !== wanted) {
        wrong.push(`${number}: ${balances.get(number)}, by the bank ${wanted}`);
      }
    }
    t.strictSame(wrong, [], "opening less what the bank says was paid");
    t.equal(paidKopecks, totals.paid - totals.reversed, "the bank's accounts and its sum");
  },
);
