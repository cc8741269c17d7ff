// Stands in for fast-check while mutants run: the same few cases of every property in every run, and no shrinking. CI draws
// more, and other ones each time, so what dies here dies there.
import fastCheck from "fast-check";

const RUNS_MAX = 25;
const SEED = 354;

const few = {
  ...fastCheck,
  assert: (property, { numRuns = RUNS_MAX, ...rest } = {}) =>
    fastCheck.assert(property, {
      seed: SEED,
      ...rest,
      numRuns: Math.min(numRuns, RUNS_MAX),
      endOnFailure: true,
    }),
};
// biome-ignore lint/style/noDefaultExport: the tests import fast-check's default export
export default few;
