import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { FactBodies, FactKind } from "../../normalizer/model/fact-bodies.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { addUser } from "../../normalizer/store/access.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Teardown, TestDatabase } from "../../normalizer/store/testing.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { hashPassword } from "../access/passwords.ts";
import type { Role } from "../access/roles.ts";
import type { RouteEntry } from "./access.ts";
import { CSRF_HEADER } from "./access.ts";
import type { ServerOptions } from "./options.ts";
import type { MeAnswer } from "./schemas/sessions.ts";
import { buildServer } from "./server.ts";

export const TEST_PASSWORD = "correct horse battery";
export const OUR_ORGANISATION = 1 as OrganisationId;
export const CHANNEL_SECRET = "a secret of the test channel";
export const OPERATIONS_TOKEN = "a token of the test monitoring";

export const TEST_80020_NAME = "80020_7801001231_20220515_7.xml";

/** One channel of two half-hours: 12 and 0,5 kWh. */
export const TEST_80020 = `<?xml version="1.0" encoding="utf-8"?>
<message class="80020" version="2" number="7">
<datetime><timestamp>20220516030800</timestamp><daylightsavingtime>0</daylightsavingtime>
<day>20220515</day></datetime>
<sender><inn>7801001231</inn><name>Завод</name></sender>
<area><inn>4705004562</inn><name>Площадка</name>
<measuringpoint code="472070015107101" name="ТП-1"><measuringchannel code="01" desc="приём">
<period start="0000" end="0030"><value>12</value></period>
<period start="0030" end="0100"><value>0.5</value></period>
</measuringchannel></measuringpoint></area></message>`;

export interface TestHub {
  readonly server: FastifyInstance;
  readonly database: TestDatabase;
  routes(): readonly RouteEntry[];
}

/** The real server on a database of its own; `options` replaces what a test is about. */
export async function createTestHub(
  t: Teardown,
  options: Partial<ServerOptions>,
): Promise<TestHub> {
  const database = await createTestDatabase(t);
  const { server, routes } = await buildServer({
    database: database.hub,
    channels: [{ channel: "askue", secret: CHANNEL_SECRET }],
    operationsToken: OPERATIONS_TOKEN,
    operationsFromLoopback: false,
    logger: null,
    secureCookies: false,
    trustProxy: false,
    loginsPerMinute: 1000,
    consoleFolder: null,
    uploadBytesMax: 4 * 1_048_576,
    databaseKind: "embedded",
    accept: () => Promise.reject(new Error("this test uploads nothing")),
    explain: async () => ({ lines: [], shared: [] }),
    ...options,
  });
  t.teardown(() => server.close());
  await server.ready();
  return { server, database, routes };
}

/** Adds a user and signs in; the answer is the headers that the console would send. */
export async function signInAs(
  { server, database }: TestHub,
  role: Role,
  organisation: OrganisationId,
  districts: readonly string[] | null,
): Promise<{ readonly cookie: string; readonly [CSRF_HEADER]: string }> {
  const login = `${role}-${organisation}-${districts?.length ?? "all"}`;
  const actor = { organisation, login: "test", address: "test" };
  const passwordHash = await hashPassword(TEST_PASSWORD);
  await addUser(database.hub, actor, { login, name: login, role, districts, passwordHash });
  const answer = await server.inject({
    method: "POST",
    url: "/api/login",
    payload: { login, password: TEST_PASSWORD },
  });
  invariant(answer.statusCode === 200, `sign-in of ${login}: ${answer.body}`);
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
  return { cookie, [CSRF_HEADER]: answer.json<MeAnswer>().csrfToken };
}

export interface TestPlace {
  readonly organisation: OrganisationId;
  readonly shard: number;
  readonly site: number;
  readonly message: number;
}

/** One version of a fact, as intake would have committed it. */
export async function addFact<Kind extends FactKind>(
  database: Database,
  place: TestPlace,
  kind: Kind,
  subject: number,
  validFrom: string,
  body: FactBodies[Kind],
): Promise<void> {
  await database.execute(
    `insert into fact (shard, site, kind, subject, valid_from, seq, organisation, message, at,
       author, ground, body)
     values ($1, $2, $3, $4, $5, 1, $6, $7, 2, 'load', 'начальная загрузка', $8)`,
    [
      place.shard,
      place.site,
      kind,
      String(subject),
      validFrom,
      place.organisation,
      place.message,
      JSON.stringify(body),
    ],
  );
}

export async function addKey(
  database: Database,
  place: TestPlace,
  kind: "account" | "meter",
  key: string,
  id: number,
): Promise<void> {
  await database.execute(
    `insert into unique_key (key, kind, organisation, shard, site, id, message)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [key, kind, place.organisation, place.shard, place.site, id, place.message],
  );
}

/** A posted message with its bytes, in one part. */
export async function addMessage(
  database: Database,
  message: { readonly id: number; readonly organisation: OrganisationId; readonly name: string },
  bytes: Buffer,
): Promise<void> {
  const sha256 = createHash("sha256").update(bytes).digest();
  await database.execute(
    `insert into message (id, received_on, organisation, channel, name, received_at, sha256,
       size_bytes, envelope, state)
     values ($1, current_date, $2, 'readings-csv', $3, now(), $4, $5, '{}', 'posted')`,
    [message.id, message.organisation, message.name, sha256, bytes.length],
  );
  await database.execute(
    `insert into capture_part (message, received_on, part, bytes)
     values ($1, current_date, 0, $2)`,
    [message.id, bytes],
  );
}
