import { readFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { describeConfig } from "./describe.ts";
import { ConfigError, loadConfig, parseConfig } from "./load.ts";

const folder = import.meta.dirname.replace(/\/build(?=\/config$)/, "");

t.test("the example is a valid configuration", async (t) => {
  const settings = await loadConfig(join(folder, "hub.example.yaml"));
  t.same(
    settings.channels.map(({ id }) => id),
    ["askue", "readings-csv", "bank"],
  );
  t.equal(settings.http.port, 8080);
});

t.test("an empty file is all defaults", async (t) => {
  t.same(parseConfig("", "hub.yaml"), {
    http: { host: "127.0.0.1", port: 8080, secureCookies: true },
    dataFolder: "data",
    normalisers: 2,
    runWorkers: 2,
    channels: [],
  });
});

t.test("every problem is reported, with its path", async (t) => {
  const text = "htp: 1\nnormalisers: 0\nchannels:\n  - id: 'A B'\n    kind: pyramida\n";
  try {
    parseConfig(text, "hub.yaml");
    t.fail("accepted");
  } catch (error) {
    t.ok(error instanceof ConfigError);
    const all = (error as ConfigError).problems.join("\n");
    for (const path of ["htp", "/normalisers", "/channels/0/id", "organisation"]) {
      t.match(all, path);
    }
  }
});

t.test("one channel id names one channel", async (t) => {
  const channel = "  - {id: askue, kind: pyramida, organisation: 1}\n";
  t.throws(() => parseConfig(`channels:\n${channel}${channel}`, "hub.yaml"), /more than once/);
});

t.test("config/README.md is the schema's own description", async (t) => {
  t.equal(await readFile(join(folder, "README.md"), "utf8"), describeConfig());
});
