// Which mutants are run: all, or with SAMPLE=200 SEED=1 a fifth (200 of 1 000) chosen by a hash of the mutant's own place.
// With BEFORE=report.json, after tests were added and no source changed, what died in that run is not killed once more.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const permille = Number(process.env.SAMPLE ?? 1000);
const seed = process.env.SEED ?? "1";
const killers = killersOf(process.env.BEFORE);

/** @param mutant as in Stryker's report, with its `fileName` under any root */
export function isInSample(mutant) {
  return permille >= 1000 || hash(`${seed} ${placeOf(mutant)}`) % 1000 < permille;
}

/** Test file that killed the mutant in the run before; undefined where it must be run. */
export function killerBefore(mutant) {
  return killers.get(placeOf(mutant));
}

export function placeOf({ fileName, location: { start, end }, mutatorName, replacement }) {
  const path = fileName.slice(fileName.lastIndexOf("billing/"));
  const places = [start.line, start.column, end.line, end.column].join(":");
  return `${path} ${places} ${mutatorName} ${replacement}`;
}

function killersOf(file) {
  const known = new Map();
  if (file === undefined) return known;
  const { files, testFiles } = JSON.parse(readFileSync(file, "utf8"));
  const names = new Map(
    Object.values(testFiles).flatMap(({ tests }) => tests.map(({ id, name }) => [id, name])),
  );
  for (const [fileName, { source, mutants }] of Object.entries(files)) {
    if (source !== readFileSync(join(import.meta.dirname, "../..", fileName), "utf8")) continue;
    for (const mutant of mutants)
      if (mutant.status === "Killed")
        known.set(placeOf({ ...mutant, fileName }), names.get(mutant.killedBy[0]));
  }
  return known;
}

/** FNV-1a, 32 bits, then mixed: neighbouring places must not fall together. */
function hash(text) {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}
