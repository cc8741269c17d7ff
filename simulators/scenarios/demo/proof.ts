import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../../normalizer/store/database.ts";

const STILL_MS = 60_000;
const POLL_MS = 50;

/**
 * Waits for what the hub does by itself, as long as it moves: a loaded machine takes its time. When nothing has moved
 * for a minute the demo ends, with the state of messages and deliveries.
 */
export async function until(
  database: Database,
  what: string,
  isDone: () => Promise<boolean>,
): Promise<void> {
  let seen = "";
  let movedAtMs = performance.now();
  while (!(await isDone())) {
    const states = await database.query(
      `select 'message' as kind, state, null as code, null as text, count(*) from message group by state
       union all select kind, state, code, text, count(*) from delivery group by 1, 2, 3, 4
       order by 1, 2, 3, 4`,
    );
    const now = JSON.stringify(states);
    if (now !== seen) movedAtMs = performance.now();
    else if (performance.now() - movedAtMs > STILL_MS) {
      throw new Error(`${what}: не дождались; ${now}`);
    }
    seen = now;
    await sleep(POLL_MS);
  }
}

/** The demo is a proof too: what does not hold ends it. */
export function mustBe(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${what}: ${found}, должно быть ${wanted}`);
}
