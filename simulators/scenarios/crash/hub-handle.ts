import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { join } from "node:path";
import type { Answer, HubProcessSettings, Order } from "./hub-process.ts";
import type { Kill } from "./kills.ts";
import type { Phase } from "./play.ts";

/** The hub's process as the test sees it. */
export class HubHandle {
  readonly origin: string;
  /** The boundary at which it is to be stopped; null when none is armed. */
  armed: { readonly kill: Kill; readonly phase: Phase } | null = null;
  /** Resolves when the hub stands at the armed boundary, or has ended by itself. */
  readonly interrupted: Promise<"reached" | "died">;
  readonly #child: ChildProcess;
  #answered: ((answer: Answer) => void) | null = null;

  private constructor(child: ChildProcess, origin: string) {
    this.#child = child;
    this.origin = origin;
    this.interrupted = new Promise((resolve) => {
      child.on("exit", () => resolve("died"));
      child.on("message", (answer: Answer) => {
        if (answer.answer === "reached") resolve("reached");
        else this.#answered?.(answer);
      });
    });
  }

  /** @throws Error when it ends before it has started */
  static start(settings: HubProcessSettings): Promise<HubHandle> {
    const child = fork(join(import.meta.dirname, "hub-process.js"), [JSON.stringify(settings)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    return new Promise((resolve, reject) => {
      child.once("message", (answer: Answer) => {
        if (answer.answer === "started") resolve(new HubHandle(child, answer.origin));
        else reject(new Error(`the hub began with ${answer.answer}`));
      });
      child.once("exit", (code) => reject(new Error(`the hub ended at once: ${code}`)));
    });
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
