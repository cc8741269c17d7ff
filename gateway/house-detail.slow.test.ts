import t from "tap";
import { month } from "../normalizer/model/dates.ts";
import type { MessageId, SiteId } from "../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../normalizer/model/ids.ts";
import { LINE_KINDS } from "../normalizer/model/lines.ts";
import type { FactWrite } from "../normalizer/store/facts.ts";
import { approve } from "../normalizer/store/results.ts";
import { createTestDatabase } from "../normalizer/store/testing.ts";
import { runCli } from "./cli.ts";
import { openRun } from "./runs/create.ts";
import { ACCOUNTS, correct, createSupplier, fact, SUPPLIER, writeReading } from "./runs/testing.ts";
import { workOn } from "./runs/work.ts";

const { organisation, mkd } = SUPPLIER;
const ODPU = 5_904;

/** Four flats of 50.5 m² in a house of 2 350.6 m², whose ОДПУ counts 265 × 20 kWh. */
function houseFacts(origin: MessageId): readonly FactWrite[] {
  const { site } = mkd;
  const flats = [ACCOUNTS.oneZone, ACCOUNTS.replaced, ACCOUNTS.byNorm, ACCOUNTS.parked].flatMap(
    (account, place) => {
      const id = 5_801 + place;
      const body = { number: String(place + 1), use: "RESIDENTIAL", areaM2: "50.5" } as const;
      return [
        fact("premises", site, id, body, origin),
        fact("occupancy", site, account, { premises: id, part: "WHOLE" }, origin),
      ];
    },
  );
  const areas = { totalAreaM2: "2350.6", commonAreaM2: "412.5" };
  const terms = { management: "DIRECT", odnNorm: "MKD", category: "URBAN_GAS" } as const;
  const common = { of: "HOUSE", premises: 0, section: "" } as const;
  const display = { zones: ["T0"], digits: 5, decimals: 0, ratio: 20 } as const;
  const odpu = { account: 0, common, point: 59_040, serial: "ОДПУ-1", ...display };
  return [
    ...flats,
    // Without it nothing is known of the fourth, which would hold the common lines of all.
    fact("fixed-volume", site, ACCOUNTS.parked, { volume: "100" }, origin),
    fact("house", site, site, { ...terms, ...areas }, origin),
    fact("meter", site, ODPU, odpu, origin),
  ];
}

t.test("Ф-83 of a posted month, by the command line", async (t) => {
  const { hub, owner, hubUrl } = await createTestDatabase(t);
  const { readings: origin } = await createSupplier(owner);
  await correct(owner, mkd.shard, houseFacts(origin));
  const norm = { perUnit: "2.5", act: "а" };
  await correct(owner, COMMON_SHARD, [fact("odn-norm", 0 as SiteId, "MKD", norm, origin)]);
  await writeReading(owner, mkd, ODPU, "2021-06-30", [70], origin, 1);
  await writeReading(owner, mkd, ODPU, "2021-07-31", [335], origin, 2);
  const call = async (...args: string[]) => {
    const out: string[] = [];
    const code = await runCli(["f83", ...args, "--organisation", String(organisation)], {
      environment: { DATABASE_URL: hubUrl },
      out: (text) => out.push(text),
      note: (text) => out.push(text),
      signal: new AbortController().signal,
    });
    return { code, text: out.join("\n") };
  };
  const number = String(ACCOUNTS.oneZone);
  t.match(await call(number, "--month", "2021-07"), { code: 1, text: /не проведён/ });
  const period = month("2021-07");
  const { run } = await openRun(hub, { organisation, period, author: "test", accountsMax: 9 });
  const signal = new AbortController().signal;
  await workOn(hub, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(hub, run, "test");

  const { code, text } = await call(number, "--month", "2021-07", "--json");
  t.equal(code, 0, text);
  const detail = JSON.parse(text);
  const [own] = await hub.query<{ volume: string }>(
    "select sum(volume) as volume from charge_line where run = $1 and site = $2 and kind <> $3",
    [run, mkd.site, LINE_KINDS.indexOf("ODN")],
  );
  t.equal(detail.total.house, 53_000_000);
  t.equal(detail.total.odn, 53_000_000 - Number(own?.volume), "the house less the stored lines");
  t.match(detail.meters, [{ serial: "ОДПУ-1", ratio: 20, start: 700_000, end: 3_350_000 }]);
  // Capped: 2.5 × 412.5 = 1 031.25; × 50.5 / 2 350.6 = 22.1552; 50.5 / 2 350.6 = 0.0215.
  t.match(
    detail.residential,
    [1, 2, 3, 4].map((flat) => ({ number: String(flat), coefficientE4: 215, odn: 221_552 })),
  );
  t.match(await call(number, "--month", "2021-07"), { code: 0, text: /0,0215; 190; 22,1552/ });
  t.match(await call("1", "--month", "2021-07"), { code: 1, text: /нет/ });
  await owner.execute("update house_month set raw = raw + 1 where run = $1", [run]);
  t.match(await call(number, "--month", "2021-07"), { code: 1, text: /СВЕРКА НЕ СОШЛАСЬ/ });
});
