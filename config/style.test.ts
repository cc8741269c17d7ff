import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";

const root = import.meta.dirname.replace(/(\/build)?\/config$/, "");
const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "");
const sources = tracked.filter((file) => /\.(ts|tsx|mjs|cjs)$/.test(file));

// Spelled in halves so that this file does not find itself.
const FORBIDDEN = [
  ["Math.ran" + "dom", "numbers by chance make a run unrepeatable: use a seeded generator"],
  ["TO" + "DO", "an open end belongs into an issue"],
  ["@ts-" + "ignore", "say what the compiler cannot know, or mend the type"],
] as const;

t.test("what no source may hold", async (t) => {
  for (const file of sources) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [word, why] of FORBIDDEN) {
      if (text.includes(word)) t.fail(`${file}: ${word} — ${why}`);
    }
  }
  t.ok(sources.length > 0, `${sources.length} files read`);
});

t.test("the lock file names no host", async (t) => {
  t.notMatch(readFileSync(join(root, "package-lock.json"), "utf8"), /"resolved": "https?:/);
});

t.test("only the folders of the design stand at the top", async (t) => {
  const known = new Set(
    "adapters normalizer billing gateway config simulators docs .ci .github".split(" "),
  );
  const top = new Set(
    tracked.filter((file) => file.includes("/")).map((file) => file.split("/")[0] as string),
  );
  t.same(
    [...top].filter((folder) => !known.has(folder)),
    [],
  );
});
