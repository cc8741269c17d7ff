// The table of docs/mutation.md from Stryker's reports: node .ci/mutation/table.mjs build/mutation/*.json
import { readFileSync } from "node:fs";
import { isInSample } from "./sample.mjs";

const CASES = "conformance/suites.test.js";

console.log(
  "| folder | mutants | killed | by the worked cases alone | timeouts | survived | no coverage | score | of the covered |",
);
console.log("| --- | --: | --: | --: | --: | --: | --: | --: | --: |");
for (const report of process.argv.slice(2)) {
  const { files, testFiles } = JSON.parse(readFileSync(report, "utf8"));
  const names = new Map(
    Object.values(testFiles).flatMap(({ tests }) => tests.map(({ id, name }) => [id, name])),
  );
  const counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };
  let byCases = 0;
  for (const [fileName, { mutants }] of Object.entries(files))
    for (const mutant of mutants) {
      if (!(mutant.status in counts) || !isInSample({ ...mutant, fileName })) continue;
      counts[mutant.status] += 1;
      if (mutant.status === "Killed" && names.get(mutant.killedBy[0]) === CASES) byCases += 1;
    }
  const { Killed, Timeout, Survived, NoCoverage } = counts;
  const covered = Killed + Timeout + Survived;
  const folder = Object.keys(files)[0].split("/")[1];
  const score = (of) => `${((100 * (Killed + Timeout)) / of).toFixed(1)} %`;
  const cells = [Killed, byCases, Timeout, Survived, NoCoverage];
  console.log(
    `| ${[folder, covered + NoCoverage, ...cells, score(covered + NoCoverage), score(covered)].join(" | ")} |`,
  );
}
