import type { Benchmark } from "./benchmark.ts";

/** A benchmark is a line here and a module that exports it as `benchmark`. */
const BENCHMARKS: Readonly<Record<string, () => Promise<{ readonly benchmark: Benchmark }>>> = {
  "account-month": () => import("./account-month.ts"),
  delivery: () => import("./delivery.ts"),
  "mass-run": () => import("./mass-run.ts"),
  "ingest-80020": () => import("./ingest-80020.ts"),
  readings: () => import("./readings.ts"),
  statements: () => import("./statements.ts"),
};

const [name, ...args] = process.argv.slice(2);
const load = BENCHMARKS[name ?? ""];
if (load === undefined) {
  console.error(`usage: npm run -s bench -- NAME [ARGUMENTS]\n`);
  for (const known of Object.keys(BENCHMARKS)) console.error(`  ${known}`);
  process.exit(2);
}
const { benchmark } = await load();
const result = await benchmark(args, (line) => console.error(line));
console.log(JSON.stringify({ benchmark: name, ...result }));
