// Format, lint, types, purity, direction of imports, tests: the same command for people and CI.
// --fast leaves the slow suites out, --static leaves all tests out.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const fast = process.argv.includes("--fast");
const withTests = !process.argv.includes("--static");
const folders = ["adapters", "normalizer", "billing", "gateway", "config", "simulators"].filter(
  (folder) => existsSync(join(root, folder)),
);
const bin = (name) => join(root, "node_modules/.bin", name);

/** Two lanes side by side, one per core; the tests need both and come last. */
const lanes = [
  [
    ["format and lint", () => run(bin("biome"), ["check", "--error-on-warnings", "."])],
    ["types", () => run(bin("tsc"), ["-p", "."])],
  ],
  [
    ["purity of billing", () => run(bin("tsc"), ["-p", "billing"])],
    ["purity of intake", () => run(bin("tsc"), ["-p", "normalizer/intake"])],
    ["purity is checked at all", () => plantedImpurityFails("billing", "normalizer/intake")],
    ["types of the console", () => run(bin("tsc"), ["-p", "gateway/console/app"])],
    [
      "direction of imports",
      () => {
        const config = ["--config", ".dependency-cruiser.cjs", "--output-type", "err"];
        return run(bin("depcruise"), [...config, ...folders]);
      },
    ],
  ],
];
await Promise.all(lanes.map(inOrder));
if (withTests) {
  await inOrder([
    ["tests", () => run(process.execPath, [".ci/test.mjs", ...(fast ? ["--fast"] : [])])],
  ]);
}

async function inOrder(steps) {
  for (const [name, step] of steps) {
    const startedAt = performance.now();
    const passed = await step();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.error(`${passed ? "ok" : "FAILED"}  ${name}  ${seconds} s`);
    if (!passed) process.exit(1);
  }
}

function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit" });
  return new Promise((resolve) => child.on("close", (code) => resolve(code === 0)));
}

/** A `fetch` compiled under the folder's own tsconfig must not compile, or the purity step proves nothing. */
function plantedImpurityFails(...pureFolders) {
  return pureFolders.every((folder) => {
    const plant = join(root, "build/plant");
    mkdirSync(plant, { recursive: true });
    writeFileSync(join(plant, "planted.ts"), 'export const planted = fetch("a");\n');
    const config = {
      extends: `../../${folder}/tsconfig.json`,
      compilerOptions: { rootDir: "../.." },
      include: ["planted.ts"],
    };
    writeFileSync(join(plant, "tsconfig.json"), JSON.stringify(config));
    const result = spawnSync(bin("tsc"), ["-p", plant], { cwd: root, encoding: "utf8" });
    rmSync(plant, { recursive: true });
    return result.status !== 0 && result.stdout.includes("Cannot find name 'fetch'");
  });
}
