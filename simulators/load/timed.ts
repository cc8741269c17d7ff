import type { Queryable } from "../../normalizer/store/database.ts";
import type { CpuSeconds } from "./cpu.ts";
import { cpuBetween, readCpu } from "./cpu.ts";

/** One step with its clock and processor time. */
export interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: CpuSeconds;
}

export async function timed<Value>(
  owner: Queryable,
  work: () => Promise<Value>,
): Promise<Timed & { readonly value: Value }> {
  const cpuBefore = await readCpu(owner);
  const startedAtMs = performance.now();
  const value = await work();
  const seconds = Math.round(performance.now() - startedAtMs) / 1000;
  return { value, seconds, cpuSeconds: cpuBetween(cpuBefore, await readCpu(owner)) };
}

export function timeOf({ seconds, cpuSeconds }: Timed): Timed {
  return { seconds, cpuSeconds };
}

/** Processor seconds of the hub and the server together. */
export function cpuOf({ cpuSeconds: { hub, server } }: Timed): number {
  return hub + (server ?? 0);
}
