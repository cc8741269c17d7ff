import { readFileSync } from "node:fs";
import type { Queryable } from "../../normalizer/store/database.ts";

/** Processor time, seconds. On a machine that is shared it says more than the clock. */
export interface CpuSeconds {
  /** All threads of this process. */
  readonly hub: number;
  /** All processes of the server; null where it is not on this machine or the system does not tell. */
  readonly server: number | null;
}

/** Clock ticks of /proc: 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export async function readCpu(database: Queryable): Promise<CpuSeconds> {
  const { user, system } = process.cpuUsage();
  const processes = await database.query<{ pid: number }>("select pid from pg_stat_activity");
  const lives = processes.flatMap(({ pid }) => statOf(pid) ?? []);
  const [first] = lives;
  const postmaster = first === undefined ? null : statOf(first.parent);
  const hub = (user + system) / 1e6;
  if (postmaster === null) return { hub, server: null };
  // Connections come and go: the time of those that have ended is kept by the parent of all.
  const ticks = lives.reduce((sum, of) => sum + of.ticks, postmaster.ticks + postmaster.endedTicks);
  return { hub, server: ticks / TICKS_PER_SECOND };
}

interface ProcessStat {
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended. */
  readonly endedTicks: number;
}

/** Null when it is no process of a server on this machine. */
function statOf(pid: number): ProcessStat | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  if (!stat.includes("(postgres)")) return null;
  // The name in parentheses may hold blanks; after it stand state, parent … utime, stime, cutime, cstime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticksAt = (place: number) => Number(fields[place]);
  return {
    parent: ticksAt(1),
    ticks: ticksAt(11) + ticksAt(12),
    endedTicks: ticksAt(13) + ticksAt(14),
  };
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  const server =
    before.server === null || after.server === null ? null : after.server - before.server;
  return { hub: rounded(after.hub - before.hub), server: server === null ? null : rounded(server) };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
