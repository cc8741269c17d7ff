// Runs the compiled tests and ends with the one line that people and CI read: `N passed, N failed`. The whole suite goes
// through tap's runner; --fast starts each file by itself, two at a time, since the runner costs over a second per file.
// Arguments are passed on to tap (a file, --grep=word). Without a file every *.test.js of build/ runs;
// with --fast the suites named *.slow.test.js are left out, with --citus only those of the store are run.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const tap = join(root, "node_modules/.bin/tap");
const given = process.argv.slice(2).filter((argument) => !["--fast", "--citus"].includes(argument));
const fast = process.argv.includes("--fast");
const onlyStore = process.argv.includes("--citus");

// tap generates its test class from the plugin list of .taprc; a fresh install has none yet.
if (
  !existsSync(join(root, ".tap/plugins")) &&
  spawnSync(tap, ["build"], { cwd: root }).status !== 0
) {
  console.error("tap build failed");
  process.exit(1);
}

/** Compiled files whose source is gone would go on being tested. */
function testFiles() {
  return readdirSync(join(root, "build"), { recursive: true })
    .filter((file) => file.endsWith(".test.js"))
    .map((file) => `build/${file}`)
    .filter((file) => {
      const source = join(root, file.replace(/^build\//, "").replace(/\.js$/, ".ts"));
      if (existsSync(source)) return true;
      rmSync(join(root, file));
      return false;
    })
    .filter((file) => !onlyStore || file.startsWith("build/normalizer/store/"))
    .filter((file) => !fast || !file.endsWith(".slow.test.js"))
    .sort();
}

const TOTALS = /# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/g;
const started = await startDatabase();
const env = { ...process.env, TAP_RCFILE: join(root, ".taprc"), ...started.env };
const named = given.some((argument) => !argument.startsWith("-"));
const { passed, failed, skipped } = await (fast && !named ? eachByItself() : throughTap());
await started.stop();
console.log(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function throughTap() {
  const child = spawn(tap, ["run", ...given, ...(named ? [] : testFiles())], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let tail = "";
  child.stdout.on("data", (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-4000);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return countsOf(tail, code);
}

async function eachByItself() {
  const files = testFiles();
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const next = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const { output, code } = await runFile(file);
      const counts = countsOf(output, code);
      // A file that asserted nothing and skipped nothing has failed.
      if (counts.passed + counts.failed + counts.skipped === 0) counts.failed = 1;
      if (counts.failed > 0) console.log(`${output}\nFAILED ${file}\n`);
      for (const key of Object.keys(sum)) sum[key] += counts[key];
    }
  };
  await Promise.all([next(), next()]);
  return sum;
}

async function runFile(file) {
  const child = spawn(process.execPath, ["--enable-source-maps", file], {
    cwd: root,
    env: { ...env, TAP_TIMEOUT: "600" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { output, code };
}

/** The last line of totals; a run that ended badly without a failed assertion counts as one failure. */
function countsOf(output, code) {
  const totals = [...output.matchAll(TOTALS)].at(-1);
  const [, , pass = "0", fail = "0", skip = "0"] = totals ?? [];
  const failed = Number(fail) === 0 && (code !== 0 || totals === undefined) ? 1 : Number(fail);
  return { passed: Number(pass), failed, skipped: Number(skip) };
}

/** One embedded server for the whole run; the store's tests make a database each from its template. */
async function startDatabase() {
  const launcher = join(root, "build/normalizer/store/testing.js");
  if (!existsSync(launcher) || process.env.TEST_DATABASE_URL !== undefined) {
    return { env: {}, stop: () => Promise.resolve() };
  }
  const { startTestServer } = await import(launcher);
  const server = await startTestServer();
  return { env: { TEST_DATABASE_URL: server.url }, stop: server.stop };
}
