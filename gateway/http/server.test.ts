import { Readable } from "node:stream";
import Fastify from "fastify";
import t from "tap";
import type { Capture } from "../../adapters/contract.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import { auditOf } from "../../normalizer/store/access.ts";
import { EVERY_ROLE } from "../access/roles.ts";
import { runCli } from "../cli.ts";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from "../command.ts";
import { CSRF_HEADER, guardRoutes } from "./access.ts";
import { API_ERRORS } from "./errors.ts";
import {
  addFact,
  CHANNEL_SECRET,
  createTestHub,
  OPERATIONS_TOKEN,
  OUR_ORGANISATION,
  signInAs,
  TEST_PASSWORD,
} from "./testing.ts";

const THEIRS = 2 as OrganisationId;

/** An address that the route takes; what it names need not exist. */
function addressOf(url: string): string {
  return url
    .replace(":number", "0015000127")
    .replace(":id", "77")
    .replace(":channel", "askue")
    .replace(":destination", "gis")
    .replace(":shard", "5")
    .replace(":object", "account%2F17")
    .replace(":exchange", "7")
    .replace(":part", "request")
    .replace(":name", "osv")
    .replace(":move", "hold")
    .replace(":message", "900")
    .replace(":at", "3")
    .replace(":month", "2026-01")
    .replace("*", "x");
}

const hub = await createTestHub(t, {});

t.test("every route says who may call it, and holds to it", async (t) => {
  const operator = await signInAs(hub, "operator", OUR_ORGANISATION, null);
  const cashier = await signInAs(hub, "cashier", OUR_ORGANISATION, null);
  const open: string[] = [];
  const routes = hub.routes();
  t.ok(routes.length > 15, `${routes.length} routes`);
  for (const { method, url, access } of routes) {
    if (method === "HEAD" || method === "OPTIONS") continue;
    const call = { method: method as "GET", url: addressOf(url) };
    const name = `${method} ${url}`;
    if (access.kind === "public") {
      open.push(name);
      continue;
    }
    const bare = await hub.server.inject(call);
    t.equal(bare.statusCode, 401, `${name} without anything`);
    const { error } = bare.json<{ error: { code: string; text: string } }>();
    t.ok(error.code in API_ERRORS && /[а-я]/.test(error.text), `${name}: ${error.text}`);
    if (access.kind !== "session") {
      const wrong = { ...call, headers: { ...operator, authorization: "Bearer wrong" } };
      t.equal((await hub.server.inject(wrong)).statusCode, 401, `${name} with a person's session`);
      continue;
    }
    for (const [role, headers] of [
      ["operator", operator],
      ["cashier", cashier],
    ] as const) {
      if (access.roles.includes(role)) continue;
      const answer = await hub.server.inject({ ...call, headers });
      t.equal(answer.statusCode, 403, `${name} as ${role}`);
      t.match(answer.json(), { error: { code: "ROLE_REFUSED" } });
    }
    if (method === "GET") continue;
    const forged = await hub.server.inject({ ...call, headers: { cookie: cashier.cookie } });
    t.equal(forged.statusCode, 403, `${name} without the CSRF token`);
  }
  t.same(open.sort(), ["GET /healthz", "GET /readyz", "POST /api/login"], "open to everybody");
});

t.test("a route without access stops the start", async (t) => {
  const server = Fastify();
  guardRoutes(server, {
    database: hub.database.hub,
    channels: [],
    operationsToken: null,
    operationsFromLoopback: false,
  });
  server.get("/forgotten", () => "data");
  await t.rejects(async () => server.ready(), {
    message: "route GET /forgotten declares no access",
  });
});

t.test("sign-in, sign-out, forged and stale sessions", async (t) => {
  const headers = await signInAs(hub, "clerk", OUR_ORGANISATION, ["Энский"]);
  const me = await hub.server.inject({ url: "/api/me", headers });
  t.match(me.json(), { role: "clerk", roleName: "Специалист по расчётам", districts: ["Энский"] });
  const login = (password: string, name: string) =>
    hub.server.inject({ method: "POST", url: "/api/login", payload: { login: name, password } });
  const right = await login(TEST_PASSWORD, "clerk-1-1");
  t.match(String(right.headers["set-cookie"]), /HttpOnly; SameSite=Strict/i);
  for (const [password, name] of [
    ["wrong", "clerk-1-1"],
    [TEST_PASSWORD, "nobody"],
    [TEST_PASSWORD, "' or 1=1 --"],
  ] as const) {
    const answer = await login(password, name);
    t.equal(answer.statusCode, 401, name);
    t.match(answer.json(), { error: { code: "LOGIN_REFUSED" } });
  }
  const scope = { organisation: OUR_ORGANISATION, districts: null };
  const audit = await auditOf(hub.database.hub, scope, "user:clerk-1-1", 10);
  t.same(
    audit.map(({ action }) => action),
    ["SIGN_IN_REFUSED", "SIGNED_IN", "SIGNED_IN", "USER_ADDED"],
  );
  const forged = await hub.server.inject({ url: "/api/me", headers: { cookie: "hub_session=x" } });
  t.equal(forged.statusCode, 401);
  const out = await hub.server.inject({ method: "POST", url: "/api/logout", headers });
  t.equal(out.statusCode, 204);
  t.equal(
    (await hub.server.inject({ url: "/api/me", headers })).statusCode,
    401,
    "session is over",
  );
});

t.test("sign-in tries are limited", async (t) => {
  const { server } = await createTestHub(t, { loginsPerMinute: 3 });
  const statuses: number[] = [];
  for (let tries = 0; tries < 5; tries += 1) {
    const payload = { login: "nobody", password: "guess" };
    const answer = await server.inject({ method: "POST", url: "/api/login", payload });
    statuses.push(answer.statusCode);
  }
  t.same(statuses, [401, 401, 401, 429, 429]);
});

t.test("the audit and users cannot be changed by the hub's role", async (t) => {
  await signInAs(hub, "administrator", THEIRS, null);
  for (const table of ["audit_entry", "user_version", "user_login", "user_session"]) {
    await t.rejects(hub.database.hub.execute(`update ${table} set organisation = 1`), table);
    await t.rejects(hub.database.hub.execute(`delete from ${table}`), table);
  }
});

t.test("health, metrics, documentation, unknown addresses", async (t) => {
  t.same((await hub.server.inject("/healthz")).json(), { status: "ok" });
  t.same((await hub.server.inject("/readyz")).json(), { status: "ready", database: "embedded" });
  const headers = { authorization: `Bearer ${OPERATIONS_TOKEN}` };
  const metrics = await hub.server.inject({ url: "/metrics", headers });
  t.match(metrics.body, /hub_http_request_duration_seconds_count\{.*route="\/healthz"/);
  const clerk = await signInAs(hub, "supervisor", OUR_ORGANISATION, null);
  const openapi = await hub.server.inject({ url: "/docs/json", headers: clerk });
  t.match(openapi.json(), { openapi: /^3/, paths: { "/api/accounts/{number}": { get: {} } } });
  const absent = await hub.server.inject({ url: "/api/absent", headers: clerk });
  t.equal(absent.statusCode, 404);
  t.match(absent.json(), { error: { code: "NOT_FOUND" } });
});

t.test("an upload reaches the inbox in parts of 1 MiB and is answered after it", async (t) => {
  const taken: { channel: string; capture: Capture; sizes: number[] }[] = [];
  const { server } = await createTestHub(t, {
    operationsFromLoopback: true,
    async accept(channel, captures) {
      for (const capture of captures) {
        const sizes: number[] = [];
        for await (const part of capture.parts) sizes.push(part.length);
        taken.push({ channel, capture, sizes });
      }
      return [{ message: 5, sha256: "ab", duplicate: false }];
    },
  });
  const headers = {
    authorization: `Bearer ${CHANNEL_SECRET}`,
    "content-type": "application/xml",
    "x-file-name": encodeURIComponent("80020_500100001_20260101_1_день.xml"),
  };
  const call = { method: "POST", url: "/api/upload/askue", headers } as const;
  const big = Buffer.alloc(2_500_000, "x");
  t.equal(
    (await server.inject("/metrics")).statusCode,
    200,
    "metrics from loopback by configuration",
  );
  const answer = await server.inject({ ...call, payload: Readable.from([big]) });
  t.same(answer.json(), { receipts: [{ message: 5, sha256: "ab", duplicate: false }] });
  t.same(taken[0]?.sizes, [1_048_576, 1_048_576, 2_500_000 - 2 * 1_048_576]);
  t.match(taken[0]?.capture, { name: "80020_500100001_20260101_1_день.xml" });
  t.notMatch(
    JSON.stringify(taken[0]?.capture.envelope),
    CHANNEL_SECRET,
    "no secret in the envelope",
  );
  const cases = [
    ["another channel", { url: "/api/upload/bank" }, 401],
    ["a name with a folder", { headers: { ...headers, "x-file-name": "..%2Fx.xml" } }, 400],
    ["a name that does not decode", { headers: { ...headers, "x-file-name": "%E0%A4" } }, 400],
    ["too large", { payload: Buffer.alloc(5 * 1_048_576) }, 413],
    ["too large and streamed", { payload: Readable.from([Buffer.alloc(5 * 1_048_576)]) }, 413],
  ] as const;
  for (const [why, change, status] of cases) {
    const refused = await server.inject({ payload: "x", ...call, ...change });
    t.equal(refused.statusCode, status, why);
  }
});

t.test("hub user add: who is added can sign in", async (t) => {
  const place = { organisation: OUR_ORGANISATION, shard: COMMON_SHARD, site: 0, message: 1 };
  const organisation = { name: "ООО «Энскэнергосбыт»", inn: "5001000017", address: "г. Энск" };
  await addFact(
    hub.database.hub,
    place,
    "organisation",
    OUR_ORGANISATION,
    "2020-01-01",
    organisation,
  );
  const said: string[] = [];
  const call = (args: readonly string[], password: string) =>
    runCli(["user", "add", ...args], {
      environment: { DATABASE_OWNER_URL: hub.database.ownerUrl, HUB_USER_PASSWORD: password },
      out: (text) => said.push(text),
      note: (text) => said.push(text),
      signal: new AbortController().signal,
    });
  const right = ["petrova", "--name", "Петрова А. А.", "--role", "cashier", "--district", "Энский"];
  t.equal(await call(right, "short"), EXIT_USAGE, "a short password");
  t.equal(await call(["petrova", "--name", "П.", "--role", "boss"], TEST_PASSWORD), EXIT_USAGE);
  t.equal(await call(["Петрова", "--name", "П.", "--role", "clerk"], TEST_PASSWORD), EXIT_USAGE);
  t.equal(await call(right, TEST_PASSWORD), EXIT_OK);
  t.match(said.at(-1), "Пользователь petrova заведён: Петрова А. А., Кассир.");
  t.equal(await call(right, TEST_PASSWORD), EXIT_FAILED, "the login is taken");
  const payload = { login: "petrova", password: TEST_PASSWORD };
  const answer = await hub.server.inject({ method: "POST", url: "/api/login", payload });
  t.match(answer.json(), { role: "cashier", districts: ["Энский"] });
});

t.test("roles are all named", async (t) => {
  t.equal(EVERY_ROLE.length, 6);
  t.equal(CSRF_HEADER, CSRF_HEADER.toLowerCase(), "Node lowers the names of headers");
});
