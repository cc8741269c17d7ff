// Stryker's runner for test files that are tables: all of them run in one process, each mutant with the files that reach it.
// The product's modules are loaded once and hold every mutant; a test file is imported anew for each mutant, since some bill
// while they load. `tap` is answered by tables.mjs, so that an assertion costs microseconds; comparisons are tap's own.
import { readdirSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isInSample, killerBefore } from "./sample.mjs";

const standIn = (file) => pathToFileURL(join(import.meta.dirname, file)).href;
const STAND_INS = { tap: standIn("tables.mjs"), "fast-check": standIn("few-cases.mjs") };
register(
  `data:text/javascript,${encodeURIComponent(`
const standIns = ${JSON.stringify(STAND_INS)};
const isTest = (url) => url !== undefined && url.includes(".test.js");
export const resolve = (name, context, next) =>
  isTest(context.parentURL) && name in standIns ? { url: standIns[name], shortCircuit: true } : next(name, context);
`)}`,
);

// The first asserts something about the source's text, the second how many cases its property drew.
const LEFT_OUT = ["clauses.test.js", "documents/payment-document.test.js"];
// TESTS=buildings/common-part.test.js,… runs these alone: with BEFORE, only what is new can kill what survived.
const ONLY = process.env.TESTS?.split(",");
// Last, so that a kill is laid to the worked cases only where no test of the tree sees it.
const LAST = "conformance/suites.test.js";

class TablesRunner {
  #build = join(process.cwd(), "build/billing");
  #loaded = false;
  #imports = 0;

  constructor() {
    // The name that instrumented code looks up.
    globalThis.__stryker__ ??= {};
    this.context = globalThis.__stryker__;
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun() {
    await this.#load();
    const tests = [];
    for (const file of this.#files()) {
      const startedAt = performance.now();
      this.context.currentTestId = file;
      const failure = await this.#run(file);
      this.context.currentTestId = undefined;
      const result =
        failure === undefined
          ? { status: 0 }
          : { status: 1, failureMessage: String(failure.stack ?? failure) };
      tests.push({ id: file, name: file, timeSpentMs: performance.now() - startedAt, ...result });
    }
    return { status: "complete", tests, mutantCoverage: this.context.mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit, sandboxFileName }) {
    const reported = asReported(activeMutant);
    if (!isInSample(reported)) return { status: "error", errorMessage: "not in the sample" };
    const killer = killerBefore(reported);
    if (killer !== undefined)
      return { status: "killed", killedBy: [killer], failureMessage: "as before", nrOfTests: 0 };
    this.context.hitCount = hitLimit === undefined ? undefined : 0;
    this.context.hitLimit = hitLimit;
    if (mutantActivation === "static") this.context.activeMutant = activeMutant.id;
    let nrOfTests = 0;
    try {
      await this.#load();
      this.context.activeMutant = activeMutant.id;
      const [, folder] = /billing\/(\w+)\//.exec(sandboxFileName) ?? [];
      for (const file of this.#files(`${folder}/`)) {
        if (testFilter !== undefined && !testFilter.includes(file)) continue;
        nrOfTests += 1;
        const failure = await this.#run(file);
        if (failure !== undefined) return this.#ended(file, failure, nrOfTests);
      }
    } catch (failure) {
      return this.#ended("load", failure, nrOfTests);
    }
    return { status: "survived", nrOfTests };
  }

  #ended(file, failure, nrOfTests) {
    const { hitCount, hitLimit } = this.context;
    if (hitLimit !== undefined && hitCount > hitLimit)
      return { status: "timeout", reason: `hit limit reached (${hitCount}/${hitLimit})` };
    const failureMessage = String(failure?.message ?? failure).slice(0, 300);
    return { status: "killed", killedBy: [file], failureMessage, nrOfTests };
  }

  /** Everything but the tests, so that what runs while a module loads is told from what a test runs. */
  async #load() {
    if (this.#loaded) return;
    this.#loaded = true;
    // The worked cases beside the project are found from here, as CI finds them.
    process.chdir(join(import.meta.dirname, "../.."));
    for (const file of readdirSync(this.#build, { recursive: true })) {
      if (!file.endsWith(".js") || file.endsWith(".test.js") || file.endsWith("/run.js")) continue;
      await import(this.#url(file));
    }
  }

  /** The quick tables, those of the mutant's own folder first; then properties; then the worked cases. */
  #files(own = "/") {
    const rank = (file) => {
      if (file === LAST) return 4;
      const isProperty = file.endsWith(".property.test.js") || file === "golden.test.js";
      return (isProperty ? 2 : 0) + (file.startsWith(own) ? 0 : 1);
    };
    return readdirSync(this.#build, { recursive: true })
      .filter((file) => file.endsWith(".test.js") && !LEFT_OUT.includes(file))
      .filter((file) => ONLY === undefined || ONLY.includes(file))
      .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  }

  async #run(file) {
    this.#imports += 1;
    const { collected } = await import(STAND_INS.tap);
    try {
      await collected(() => import(`${this.#url(file)}?import=${this.#imports}`));
      return undefined;
    } catch (failure) {
      return failure ?? new Error("failed without a reason");
    }
  }

  #url(file) {
    return pathToFileURL(join(this.#build, file)).href;
  }
}

/** A report counts lines and columns from one. */
function asReported(mutant) {
  const { start, end } = mutant.location;
  const next = ({ line, column }) => ({ line: line + 1, column: column + 1 });
  return { ...mutant, location: { start: next(start), end: next(end) } };
}

export const strykerPlugins = [
  { kind: "TestRunner", name: "tables", injectableClass: TablesRunner },
];
