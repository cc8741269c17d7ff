import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../normalizer/store/database.ts";
import type { EmbeddedServer } from "../../normalizer/store/embedded.ts";
import { startEmbedded } from "../../normalizer/store/embedded.ts";

export const BASE_DATABASE = "scenarios";
const ALIVE_POLL_MS = 10;

/** A PostgreSQL of the test alone, that it may kill. Commits are durable against a killed process. */
export class OwnServer {
  readonly #folder = mkdtempSync(join(tmpdir(), "energohub-scenarios-"));
  #server: EmbeddedServer | null = null;

  async start(): Promise<void> {
    this.#server = await startEmbedded({
      folder: this.#folder,
      database: BASE_DATABASE,
      // The machine stays up: what a process has written survives it without fsync.
      settings: { fsync: "off", full_page_writes: "off" },
      say: () => undefined,
    });
  }

  /** Address of one of the server's databases for its owner; the port changes with each start. */
  ownerUrl(database: string): string {
    const address = new URL(this.#running().ownerUrl);
    address.pathname = `/${database}`;
    return address.href;
  }

  /** The same address for another role. */
  roleUrl(database: string, role: string, password: string): string {
    const address = new URL(this.ownerUrl(database));
    address.username = role;
    address.password = password;
    return address.href;
  }

  /** SIGKILL to the postmaster; its children end by themselves. */
  async kill(): Promise<void> {
    const file = join(this.#running().folder, "cluster", "postmaster.pid");
    const pid = Number(readFileSync(file, "utf8").split("\n")[0]);
    process.kill(pid, "SIGKILL");
    while (isAlive(pid)) await sleep(ALIVE_POLL_MS);
  }

  /**
   * By files, between two checkpoints: a copy by the log takes along that its sequences are logged some values ahead, and
   * a server killed after it would give the same ids twice.
   */
  async copyDatabase(from: string, name: string): Promise<void> {
    const server = connect({
      url: this.ownerUrl("postgres"),
      connectionsMax: 1,
      application: "energohub scenarios",
      onIdleError: () => undefined,
    });
    try {
      await server.execute(`create database ${name} template ${from} strategy file_copy`);
    } finally {
      await server.close();
    }
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #running(): EmbeddedServer {
    if (this.#server === null) throw new Error("the server was not started");
    return this.#server;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
