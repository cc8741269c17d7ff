import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, HubProcessSettings, Order } from "./hub-process.ts";
import type { Kill } from "./kills.ts";
import type { Phase } from "./step.ts";

/** Where a hub is to be stopped; null = nowhere in this phase. */
export interface Arming {
  readonly phase: Phase;
  readonly kill: Kill | null;
}

/** The hub's process as the test sees it. */
export class HubHandle {
  arming: Arming;
  /** Resolves when the hub takes orders; never when it is interrupted before. */
  readonly started: Promise<void>;
  /** Resolves when the hub stands at the armed boundary, or has ended by itself. */
  readonly interrupted: Promise<"reached" | "died">;
  readonly #child: ChildProcess;
  #origin: string | null = null;
  #answered: ((answer: Answer) => void) | null = null;

  /** A hub that works by itself as soon as it can, and is armed from its first statement on. */
  constructor(settings: Omit<HubProcessSettings, "armed">, arming: Arming) {
    this.arming = arming;
    const whole: HubProcessSettings = { ...settings, armed: arming.kill };
    this.#child = fork(join(import.meta.dirname, "hub-process.js"), [JSON.stringify(whole)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.interrupted = new Promise((resolve) => {
      this.#child.on("exit", () => resolve("died"));
      this.#child.on("message", ({ answer }: Answer) => answer === "reached" && resolve(answer));
    });
    this.started = new Promise((resolve) => {
      this.#child.on("message", (answer: Answer) => {
        if (answer.answer === "started") {
          this.#origin = answer.origin;
          resolve();
        } else if (answer.answer !== "reached") this.#answered?.(answer);
      });
    });
  }

  /** Of the running hub. */
  get origin(): string {
    if (this.#origin === null) throw new Error("the hub has not started");
    return this.#origin;
  }

  /** Another phase begins. */
  async arm(arming: Arming): Promise<void> {
    await this.carryOut({ order: "arm", armed: arming.kill });
    this.arming = arming;
  }

  /**
   * Resolves when the order is carried out; never when the hub is interrupted.
   *
   * @throws Error with what the hub says of a failure
   */
  carryOut(order: Order): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      this.#answered = (answer) => {
        if (answer.answer === "failed") reject(new Error(answer.reason));
        else resolve();
      };
    });
    this.#child.send(order);
    return done;
  }

  /** SIGKILL, and until the process is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await gone;
  }
}
