import type { FastifyBaseLogger } from "fastify";
import type { Capture, Receipt } from "../../adapters/contract.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { RunsOn } from "../../normalizer/store/open.ts";
import type { AccessOptions } from "./access.ts";
import type { ExplainMonth } from "./explain.ts";

/**
 * Everything that the HTTP side needs of the hub; main.ts fills it, tests fill it with real parts.
 */
export interface ServerOptions extends AccessOptions {
  readonly database: Database;
  /** Null = requests are not logged (tests). */
  readonly logger: FastifyBaseLogger | null;
  /** The session cookie goes over https only. False is for loopback without TLS. */
  readonly secureCookies: boolean;
  /** The address of the sender is taken from X-Forwarded-For. */
  readonly trustProxy: boolean;
  /** Sign-in tries per address and minute. */
  readonly loginsPerMinute: number;
  /** Built console (index.html and assets); null = only the JSON interface. */
  readonly consoleFolder: string | null;
  /** Largest upload, bytes as they come over the wire. */
  readonly uploadBytesMax: number;
  /** Commits captures of a channel to the inbox; resolves when the sender may be acknowledged. */
  accept(channel: string, captures: readonly Capture[]): Promise<readonly Receipt[]>;
  readonly explain: ExplainMonth;
  /** Said by /readyz: the embedded database is for one machine. */
  readonly databaseKind: RunsOn["kind"];
}
