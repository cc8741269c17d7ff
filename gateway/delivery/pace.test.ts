import t from "tap";
import { slotTableOf } from "../../config/time-zones.ts";
import { Breaker, backoffMs, TokenBucket } from "./pace.ts";
import { TEST_LIMITS, TestClock } from "./testing.ts";
import { opensAtMs } from "./windows.ts";

t.test("windows by the local calendar", async (t) => {
  const at = (text: string) => Date.parse(text);
  const moscow = slotTableOf("Europe/Moscow");
  const night = [{ fromDay: 1, toDay: 4, fromHour: 22, toHour: 6 }];
  for (const [now, opens, why] of [
    ["2026-02-01T18:59:59Z", "2026-02-01T19:00:00Z", "a second before 22:00"],
    ["2026-02-01T19:00:00Z", null, "22:00"],
    ["2026-02-05T02:59:59Z", null, "the night of the 4th goes into the 5th"],
    ["2026-02-05T03:00:00Z", "2026-03-01T19:00:00Z", "6:00 of the 5th: closed until next month"],
    ["2026-02-01T02:00:00Z", "2026-02-01T19:00:00Z", "the 31st is no day of it"],
  ] as const) {
    t.equal(opensAtMs(night, moscow, at(now)), opens === null ? null : at(opens), why);
  }
  t.equal(opensAtMs([], moscow, 0), null, "no window = always");
});

t.test("backoff, bucket, breaker", async (t) => {
  const wait = (code: string, attempts: number, random: number) =>
    backoffMs(code, attempts, TEST_LIMITS, () => random);
  t.strictSame(
    [1, 2, 3, 30].map((attempts) => wait("CONNECT_FAILED", attempts, 1)),
    [5_000, 10_000, 20_000, 900_000],
  );
  t.equal(wait("CONNECT_FAILED", 1, 0), 2_500);
  t.strictSame(
    [wait("COUNTERPART_ERROR", 1, 0), wait("COUNTERPART_ERROR", 1, 1)],
    [60_000, 120_000],
  );

  const clock = new TestClock(0);
  const bucket = new TokenBucket(30, clock);
  for (let taken = 0; taken < 30; taken += 1) bucket.take();
  t.equal(bucket.readyAtMs(), 2_000);
  clock.moveTo(2_000);
  t.equal(bucket.readyAtMs(), 2_000);

  const breaker = new Breaker(TEST_LIMITS);
  t.strictSame(
    [0, 1, 2, 3].map((nowMs) => breaker.failed(nowMs)),
    [null, null, 30_000, null],
  );
  t.equal(breaker.failed(40_000), 60_000);
  breaker.succeeded();
  t.strictSame([breaker.isTrying, breaker.failed(200_000)], [false, null]);
});
