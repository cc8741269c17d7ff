import { readFileSync } from "node:fs";
import { runCases, SUITES } from "./suites.ts";

// npm run -s conformance -- SUITE FILE: differing paths of each failed case, then «N passed, N
// failed».
const [suite, file] = process.argv.slice(2);
if (suite === undefined || file === undefined || SUITES[suite] === undefined) {
  console.error(`usage: npm run -s conformance -- ${Object.keys(SUITES).join("|")} FILE`);
  process.exit(2);
}
let failed = 0;
const results = runCases(suite, readFileSync(file, "utf8"));
for (const result of results) {
  if (result.differences.length === 0) continue;
  failed += 1;
  console.log(`${result.id} (${result.kind})`);
  for (const difference of result.differences) console.log(`  ${difference}`);
}
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
