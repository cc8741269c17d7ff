import { readFileSync } from "node:fs";
import type { Queryable } from "../../normalizer/store/database.ts";

/** Processor time, seconds. On a machine that is shared it says more than the clock. */
export interface CpuSeconds {
  /** All threads of this process. */
  readonly hub: number;
  /** The server's processes that live now; null where it is not on this machine or the system does not tell. */
  readonly server: number | null;
}

/** Clock ticks of /proc: 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export async function readCpu(database: Queryable): Promise<CpuSeconds> {
  const { user, system } = process.cpuUsage();
  const processes = await database.query<{ pid: number }>("select pid from pg_stat_activity");
  let ticks: number | null = 0;
  for (const { pid } of processes) {
    const used: number | null = ticksOf(pid);
    ticks = used === null || ticks === null ? null : ticks + used;
  }
  return {
    hub: (user + system) / 1e6,
    server: ticks === null ? null : ticks / TICKS_PER_SECOND,
  };
}

function ticksOf(pid: number): number | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  // The name in parentheses may hold blanks; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (!stat.includes("(postgres)")) return null;
  return Number(fields[11]) + Number(fields[12]);
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  const server =
    before.server === null || after.server === null ? null : after.server - before.server;
  return { hub: rounded(after.hub - before.hub), server: server === null ? null : rounded(server) };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
