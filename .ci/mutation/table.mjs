// The table of docs/mutation.md from Stryker's reports, one argument a folder: node .ci/mutation/table.mjs settlement.json
// A second report after a comma is that of a run of what had survived (BEFORE): what it ran stands for what was there.
import { readFileSync } from "node:fs";
import { isInSample, placeOf } from "./sample.mjs";

const CASES = "conformance/suites.test.js";
const RAN = ["Killed", "Timeout", "Survived", "NoCoverage"];

console.log(
  "| folder | mutants | killed | by the worked cases alone | endless | survived | no coverage | score |",
);
console.log("| --- | --: | --: | --: | --: | --: | --: | --: |");
for (const argument of process.argv.slice(2)) {
  const mutants = new Map();
  const sources = new Map();
  for (const report of argument.split(","))
    for (const [place, of] of ran(report)) {
      // A file that was changed in between counts as it is now.
      const [file] = place.split(" ");
      if (sources.has(file) && sources.get(file) !== of.source)
        for (const known of [...mutants.keys()].filter((at) => at.startsWith(`${file} `)))
          mutants.delete(known);
      sources.set(file, of.source);
      if (mutants.get(place)?.status !== "Killed") mutants.set(place, of);
    }
  const counts = Object.fromEntries(RAN.map((status) => [status, 0]));
  let byCases = 0;
  for (const { status, killer } of mutants.values()) {
    counts[status] += 1;
    if (killer === CASES) byCases += 1;
  }
  const { Killed, Timeout, Survived, NoCoverage } = counts;
  const [folder] = [...mutants.keys()].map((place) => place.split("/")[1]);
  const score = `${((100 * (Killed + Timeout)) / mutants.size).toFixed(1)} %`;
  const cells = [mutants.size, Killed, byCases, Timeout, Survived, NoCoverage, score];
  console.log(`| ${folder} | ${cells.join(" | ")} |`);
}

/** Mutants of a report that are in the sample and had an end. */
function* ran(report) {
  const { files, testFiles } = JSON.parse(readFileSync(report, "utf8"));
  const names = new Map(
    Object.values(testFiles).flatMap(({ tests }) => tests.map(({ id, name }) => [id, name])),
  );
  for (const [fileName, { source, mutants }] of Object.entries(files))
    for (const found of mutants) {
      const mutant = { ...found, fileName };
      if (!RAN.includes(mutant.status) || !isInSample(mutant)) continue;
      const killer = names.get(mutant.killedBy?.[0]);
      // Loading a module anew may be slow and is never endless: such a timeout has decided nothing.
      const isSlow = mutant.static === true && mutant.status === "Timeout";
      yield [placeOf(mutant), { status: isSlow ? "Survived" : mutant.status, killer, source }];
    }
}
