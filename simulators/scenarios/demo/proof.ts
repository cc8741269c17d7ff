import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../../normalizer/store/database.ts";

const WAIT_MS = 60_000;
const POLL_MS = 50;

/** Waits for what the hub does by itself; what does not come ends the demo, with the state of the deliveries. */
export async function until(
  database: Database,
  what: string,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const untilMs = performance.now() + WAIT_MS;
  while (!(await isDone())) {
    if (performance.now() > untilMs) {
      const states = await database.query(
        "select kind, state, code, text, count(*) from delivery group by 1, 2, 3, 4",
      );
      throw new Error(`${what}: не дождались; ${JSON.stringify(states)}`);
    }
    await sleep(POLL_MS);
  }
}

/** The demo is a proof too: what does not hold ends it. */
export function mustBe(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${what}: ${found}, должно быть ${wanted}`);
}
