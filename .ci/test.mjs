// Runs the compiled tests through tap and ends with the one line that people and CI read: `N passed, N failed`.
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

const started = await startDatabase();
const files = given.some((argument) => !argument.startsWith("-")) ? [] : testFiles();
const env = { ...process.env, TAP_RCFILE: join(root, ".taprc"), ...started.env };
const child = spawn(tap, ["run", ...given, ...files], {
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
await started.stop();

const totals = [
  ...tail.matchAll(/# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?(?:, skip: (\d+))?/g),
].at(-1);
if (totals === undefined) {
  console.log("0 passed, 1 failed");
  process.exit(1);
}
const [, , pass = "0", fail = "0", skip] = totals;
const failed = Number(fail) === 0 && code !== 0 ? 1 : Number(fail);
console.log(`${pass} passed, ${failed} failed${skip === undefined ? "" : `, ${skip} skipped`}`);
process.exit(failed > 0 || code !== 0 || Number(pass) === 0 ? 1 : 0);

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
