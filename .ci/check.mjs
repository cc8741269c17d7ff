// Format, lint, types, direction of imports, tests: the same command for people and CI. --fast leaves the slow suites out.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const fast = process.argv.includes("--fast");
const steps = [
  ["format and lint", "node_modules/.bin/biome", ["check", "--error-on-warnings", "."]],
  ["types", "node_modules/.bin/tsc", ["-p", "."]],
  ["purity of billing", "node_modules/.bin/tsc", ["-p", "billing"]],
  ["purity of intake", "node_modules/.bin/tsc", ["-p", "normalizer/intake"]],
  ["console types", "node_modules/.bin/tsc", ["-p", "gateway/console/app"]],
  [
    "direction of imports",
    "node_modules/.bin/depcruise",
    [
      "--config",
      ".dependency-cruiser.cjs",
      "--output-type",
      "err",
      "adapters",
      "normalizer",
      "billing",
      "gateway",
      "config",
      "simulators",
    ],
  ],
  ["tests", process.execPath, [".ci/test.mjs", ...(fast ? ["--fast"] : [])]],
];
for (const [name, command, args] of steps) {
  const startedAt = performance.now();
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.error(`${result.status === 0 ? "ok" : "FAILED"}  ${name}  ${seconds} s`);
  if (result.status !== 0) process.exit(1);
}
