import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import t from "tap";
import { createTestDatabase } from "../normalizer/store/testing.ts";

t.setTimeout(0);
const SECRET = "a secret of more than thirty-two characters";

/** `npm start` without its build: says its address, then lives until a signal. */
async function startMain(folder: string, databaseUrl: string) {
  const config = join(folder, "hub.yaml");
  const channel = "{ id: askue, kind: pyramida, organisation: 1, secretEnvironment: ASKUE_SECRET }";
  writeFileSync(
    config,
    `http: { port: 0, secureCookies: false }\ndataFolder: ${folder}\nchannels: [${channel}]\n`,
  );
  const hub = spawn(process.execPath, [join(import.meta.dirname, "main.js")], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HUB_CONFIG: config,
      DATABASE_URL: databaseUrl,
      ASKUE_SECRET: SECRET,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(hub, "exit");
  const said: string[] = [];
  const log = createInterface({ input: hub.stdout });
  log.on("line", (line) => said.push(line));
  const says = async (words: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = said.map((line) => words.exec(line)).find((match) => match !== null);
      if (found) return found;
      await Promise.race([once(log, "line"), ended]);
      if (hub.exitCode !== null) throw new Error(`the hub has ended:\n${said.join("\n")}`);
    }
  };
  const [origin] = await says(/http:\/\/127\.0\.0\.1:\d+/);
  return { hub, ended, says, origin: origin ?? "" };
}

t.test("SIGTERM: what is under way is answered, nothing new comes in, exit 0", async (t) => {
  const { hub: database, hubUrl } = await createTestDatabase(t);
  const { hub, ended, says, origin } = await startMain(t.testdir({}), hubUrl);
  t.teardown(() => hub.kill("SIGKILL"));
  t.equal((await fetch(`${origin}/readyz`)).status, 200);

  const upload = request(`${origin}/api/upload/askue`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${SECRET}`,
      "x-file-name": "half.xml",
      // The answer says that the hub has the request and waits for its body.
      expect: "100-continue",
    },
  });
  const answered = once(upload, "response");
  upload.flushHeaders();
  await once(upload, "continue");
  upload.write("<half>");
  hub.kill("SIGTERM");
  await says(/заканчиваю начатое/);
  await t.rejects(fetch(`${origin}/healthz`), "new requests are refused");
  t.equal(hub.exitCode, null, "it waits for the upload");
  upload.end("</half>");
  const [response] = await answered;
  t.equal(response.statusCode, 200, "the upload is answered");
  response.resume();
  t.same(await ended, [0, null]);
  const bytes = await database.query<{ text: string }>(
    "select convert_from(bytes, 'UTF8') as text from capture_part",
  );
  t.same(bytes, [{ text: "<half></half>" }], "and stored whole");
});
