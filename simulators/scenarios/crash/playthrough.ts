import type { Place } from "./base.ts";
import { hubSettings } from "./base.ts";
import type { BoundaryName } from "./boundaries.ts";
import type { Arming } from "./hub-handle.ts";
import { HubHandle } from "./hub-handle.ts";
import type { Kill, KillPlan } from "./kills.ts";
import type { Step } from "./step.ts";

/** A kill that has come, and in what step. */
export interface DoneKill extends Kill {
  readonly step: string;
}

/**
 * Does each step until it is done, killing the hub and starting it again on the way.
 *
 * @param kills null = the undisturbed run
 * @returns the kills that have come
 */
export async function playThrough(
  place: Place,
  steps: readonly Step[],
  kills: KillPlan | null,
): Promise<readonly DoneKill[]> {
  const playthrough = new Playthrough(place, kills);
  try {
    for (const step of steps) await playthrough.perform(step);
  } finally {
    await playthrough.end();
  }
  return playthrough.killed;
}

class Playthrough {
  readonly killed: DoneKill[] = [];
  readonly #place: Place;
  readonly #kills: KillPlan | null;
  #hub: HubHandle | null = null;

  constructor(place: Place, kills: KillPlan | null) {
    this.#place = place;
    this.#kills = kills;
  }

  async perform(step: Step): Promise<void> {
    for (let kills = 0; ; kills += 1) {
      const arming = this.#arming(step, kills);
      this.#hub ??= new HubHandle(hubSettings(this.#place), arming);
      const hub = this.#hub;
      const end = await Promise.race([this.#act(hub, step, arming), hub.interrupted]);
      if (end === null) return;
      const { phase, kill } = hub.arming;
      if (end !== "reached" || kill === null) throw new Error(`${step.name}: ${String(end)}`);
      await this.#kill(hub, kill);
      this.#kills?.take(phase);
      this.killed.push({ ...kill, step: step.name });
    }
  }

  async end(): Promise<void> {
    await this.#hub?.kill();
  }

  /** @returns null when the step is done, else what its failure was */
  async #act(hub: HubHandle, step: Step, arming: Arming): Promise<unknown> {
    try {
      await hub.started;
      const { phase, kill } = hub.arming;
      if (phase !== arming.phase || kill !== arming.kill) await hub.arm(arming);
      await step.act(hub);
      return null;
    } catch (error) {
      return error;
    }
  }

  /** @param kills that the step has had */
  #arming({ phase, killsMax = Number.POSITIVE_INFINITY }: Step, kills: number): Arming {
    return { phase, kill: kills < killsMax ? (this.#kills?.next(phase) ?? null) : null };
  }

  async #kill(hub: HubHandle, { victim }: Kill): Promise<void> {
    const { server } = this.#place.base;
    if (victim === "PostgreSQL") await server.kill();
    await hub.kill();
    if (victim === "PostgreSQL") await server.start();
    this.#hub = null;
  }
}

/** Kills by boundary, of the hub alone and of PostgreSQL too, for people. */
export function killTable(names: readonly BoundaryName[], killed: readonly DoneKill[]): string {
  const rows = names.map((name) => {
    const here = killed.filter(({ boundary }) => boundary === name);
    const servers = here.filter(({ victim }) => victim === "PostgreSQL").length;
    return `${name.padEnd(38)} ${String(here.length - servers).padStart(4)} ${String(servers).padStart(10)}`;
  });
  const head = `${"boundary".padEnd(38)}  hub PostgreSQL`;
  return [head, ...rows, `kills in all: ${killed.length}`].join("\n");
}
