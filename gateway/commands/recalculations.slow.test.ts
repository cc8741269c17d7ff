import t from "tap";
import { month } from "../../normalizer/model/dates.ts";
import { approve } from "../../normalizer/store/results.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { runCli } from "../cli.ts";
import { closePeriod } from "../runs/close.ts";
import { openRun } from "../runs/create.ts";
import { ACCOUNTS, correct, createSupplier, fact, SUPPLIER } from "../runs/testing.ts";
import { workOn } from "../runs/work.ts";

const { organisation, mkd } = SUPPLIER;

t.test("a third resident, known a month late: 154 → 231 kWh of July at 5.93", async (t) => {
  const { hub, owner, hubUrl } = await createTestDatabase(t);
  const { readings } = await createSupplier(owner);
  const post = async (period: string) => {
    const request = { organisation, period: month(period), author: "test", accountsMax: 9 };
    const { run } = await openRun(hub, request);
    const signal = new AbortController().signal;
    await workOn(hub, run, { workers: 1, onProgress: () => undefined, signal });
    await approve(hub, run, "test");
  };
  const call = async (...args: string[]) => {
    const out: string[] = [];
    const code = await runCli(["recalculations", ...args, "--organisation", "1"], {
      environment: { DATABASE_URL: hubUrl },
      out: (text) => out.push(text),
      note: (text) => out.push(text),
      signal: new AbortController().signal,
    });
    return { code, text: out.join("\n").replaceAll("\u00a0", " ") };
  };
  const number = String(ACCOUNTS.byNorm);
  await post("2021-07");
  t.match(await call(number, "--month", "2021-07"), { code: 0, text: /перерасчётов .* нет/ });
  const waits = { waitMs: 1000, onProgress: () => undefined };
  await closePeriod(hub, { organisation, period: month("2021-07"), author: "test", ...waits });
  await correct(owner, mkd.shard, [
    fact("residents", mkd.site, ACCOUNTS.byNorm, { count: 3 }, readings),
  ]);
  await post("2021-08");
  t.match(await call(number, "--month", "2021-08"), {
    code: 0,
    text: /за 2021-07, сутки, по нормативу: 154 кВт·ч → 231 кВт·ч, тариф 5,93 ₽\/кВт·ч; 913,22 ₽ → 1 369,83 ₽, перерасчёт 456,61 ₽/,
  });
  const { rows, total } = JSON.parse((await call(number, "--month", "2021-08", "--json")).text);
  t.match(rows, [{ origin: "2021-07", oldVolume: 1_540_000, newVolume: 2_310_000 }]);
  t.equal(total, 456_61);
  t.match(await call("1", "--month", "2021-08"), { code: 1, text: /нет/ });
  t.match(await call(), { code: 2 });
});
