// Stands in for tap while mutants run: the assertions that the tests of billing use, compared by tap's own comparer. The first
// one that fails ends the file by throwing.
import { isDeepStrictEqual } from "node:util";
// biome-ignore lint/correctness/noUndeclaredDependencies: comes with tap, whose comparisons these must be
import { match, same } from "tcompare";

let queue = [];

/** Imports a test file and runs what it registered. @throws what the first failing test threw */
export async function collected(load) {
  queue = [];
  await load();
  const tests = queue;
  for (const body of tests) await runTest(body);
}

async function runTest(body) {
  const nested = [];
  await body(assertions((...given) => nested.push(testOf(given))));
  for (const innerBody of nested) await runTest(innerBody);
}

function testOf([, ...given]) {
  const body = given.at(-1);
  return given.length > 1 && given[0].skip ? ({ pass }) => pass() : body;
}

function assertions(test) {
  const holds = (condition, message) => {
    if (!condition) throw new Error(message ?? "assertion failed");
    return true;
  };
  return {
    test: async (...given) => void test(...given),
    pass: () => holds(true),
    fail: (message) => holds(false, message),
    ok: (value, message) => holds(value, message),
    equal: (got, want, message) => holds(Object.is(got, want), message ?? `${got} is not ${want}`),
    same: (got, want, message) => {
      // Deep equality of node is several times faster, and what it calls equal tap does too.
      if (isDeepStrictEqual(got, want)) return holds(true);
      const result = same(got, want);
      return holds(result.match, message ?? result.diff);
    },
    match: (got, pattern, message) => holds(match(got, pattern).match, message),
    notMatch: (got, pattern, message) => holds(!match(got, pattern).match, message),
    type: (value, type, message) =>
      holds(typeof type === "string" ? typeof value === type : value instanceof type, message),
    throws: (body, pattern) => {
      try {
        body();
      } catch (error) {
        return holds(pattern === undefined || thrownMatches(error, pattern), `threw ${error}`);
      }
      return holds(false, "did not throw");
    },
  };
}

function thrownMatches(error, pattern) {
  if (typeof pattern === "function") return error instanceof pattern;
  if (pattern instanceof RegExp) return pattern.test(String(error?.message ?? error));
  return match(error, pattern).match;
}

const root = assertions((...given) => queue.push(testOf(given)));
// biome-ignore lint/style/noDefaultExport: the tests import tap's default export
export default root;
