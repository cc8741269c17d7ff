// Mutation testing of the folders that make money. A tool run by hand: docs/mutation.md has the commands, the figures and
// what survived. FOLDER=penalties mutates one folder, without it all five.
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const FOLDERS = ["households", "buildings", "penalties", "settlement", "recalculation"];
const folders = process.env.FOLDER === undefined ? FOLDERS : process.env.FOLDER.split(",");

// biome-ignore lint/style/noDefaultExport: Stryker reads the default export
export default {
  mutate: folders.flatMap((folder) => [
    `billing/${folder}/**/*.ts`,
    `!billing/${folder}/**/*.test.ts`,
    `!billing/${folder}/**/testing*.ts`,
  ]),
  plugins: [join(import.meta.dirname, "runner.mjs")],
  testRunner: "tables",
  coverageAnalysis: "perTest",
  buildCommand: "npm run -s emit",
  ignorePatterns: ["build", "docs", "gateway/console", "out", "data", ".tap"],
  tempDirName: join(root, `build/mutation/sandbox-${folders.join("-")}-${process.pid}`),
  concurrency: 1,
  // A mutant of what a module computes while it loads costs a new process: a part of the mutants leaves those out.
  ignoreStatic: process.env.SAMPLE !== undefined || process.env.TESTS !== undefined,
  maxTestRunnerReuse: 200,
  timeoutMS: 120_000,
  reporters: ["clear-text", "json"],
  clearTextReporter: { reportTests: false, reportMutants: false, logTests: false },
  jsonReporter: { fileName: process.env.REPORT ?? `build/mutation/${folders.join("-")}.json` },
  disableTypeChecks: "{billing,normalizer}/**/*.ts",
  packageManager: "npm",
  checkers: [],
  allowEmpty: false,
};
