// Stryker's runner for test files that are tables: all of them run in one process, each mutant with the files that reach it.
// The product's modules are loaded once and hold every mutant; a test file is imported anew for each mutant, since some bill
// while they load. `tap` is answered by tables.mjs, so that an assertion costs microseconds; comparisons are tap's own.
import { readdirSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const TAP = pathToFileURL(join(import.meta.dirname, "tables.mjs")).href;
register(
  `data:text/javascript,${encodeURIComponent(
    `export const resolve = (name, context, next) => name === "tap" ? { url: "${TAP}", shortCircuit: true } : next(name, context);`,
  )}`,
);

// Property tests draw the same cases in every run; a counterexample need not be shrunk.
const SEED = 354;
// Files that assert something about the source's text and not about what it computes.
const LEFT_OUT = ["clauses.test.js"];
// Last, so that a kill is laid to the worked cases only where no test of the tree sees it.
const LAST = ["conformance/suites.test.js"];

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
      tests.push({
        id: file,
        name: file,
        timeSpentMs: performance.now() - startedAt,
        ...(failure === undefined
          ? { status: 0 }
          : { status: 1, failureMessage: String(failure.stack ?? failure) }),
      });
    }
    return { status: "complete", tests, mutantCoverage: this.context.mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit }) {
    this.context.hitCount = hitLimit === undefined ? undefined : 0;
    this.context.hitLimit = hitLimit;
    if (mutantActivation === "static") this.context.activeMutant = activeMutant.id;
    let nrOfTests = 0;
    try {
      await this.#load();
      this.context.activeMutant = activeMutant.id;
      for (const file of this.#files()) {
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
    const { default: fc } = await import("fast-check");
    fc.configureGlobal({ seed: SEED, endOnFailure: true });
    for (const file of readdirSync(this.#build, { recursive: true })) {
      if (!file.endsWith(".js") || file.endsWith(".test.js") || file.endsWith("/run.js")) continue;
      await import(this.#url(file));
    }
  }

  /** Quick tables, then properties, then the worked cases. */
  #files() {
    const rank = (file) => (LAST.includes(file) ? 2 : file.endsWith(".property.test.js") ? 1 : 0);
    return readdirSync(this.#build, { recursive: true })
      .filter((file) => file.endsWith(".test.js") && !LEFT_OUT.includes(file))
      .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
  }

  async #run(file) {
    this.#imports += 1;
    const { collected } = await import(TAP);
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

export const strykerPlugins = [
  { kind: "TestRunner", name: "tables", injectableClass: TablesRunner },
];
