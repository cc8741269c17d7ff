import { draw } from "../../random.ts";
import type { BoundaryName } from "./boundaries.ts";
import { boundary } from "./boundaries.ts";
import type { Phase } from "./step.ts";

export type Victim = "hub" | "PostgreSQL";

export interface Kill {
  readonly boundary: BoundaryName;
  readonly victim: Victim;
  /** The boundary is passed this many times, and the next time it is the end. */
  readonly nth: number;
}

/** Where the hub is killed in each phase, in the order in which it is tried. */
export type PhaseBoundaries = Readonly<Partial<Record<Phase, readonly BoundaryName[]>>>;

/** Kills of one playthrough by phase; by chance one in four takes PostgreSQL down as well. */
export class KillPlan {
  readonly #left = new Map<Phase, Kill[]>();

  /** @param ofEach kills per boundary of a phase */
  constructor(seed: number, phases: PhaseBoundaries, ofEach: number) {
    let index = 0;
    for (let time = 0; time < ofEach; time += 1) {
      for (const [phase, names] of Object.entries(phases) as [Phase, BoundaryName[]][]) {
        for (const name of names) {
          index += 1;
          this.#of(phase).push({
            boundary: name,
            victim: draw(seed, index, 1) % 4 === 0 ? "PostgreSQL" : "hub",
            nth: 1 + (draw(seed, index) % (boundary(name).nthMax ?? 1)),
          });
        }
      }
    }
  }

  /** The next kill of the phase; null when there is none. */
  next(phase: Phase): Kill | null {
    return this.#of(phase)[0] ?? null;
  }

  /** The next kill of the phase has come. */
  take(phase: Phase): void {
    this.#of(phase).shift();
  }

  #of(phase: Phase): Kill[] {
    const kills = this.#left.get(phase) ?? [];
    this.#left.set(phase, kills);
    return kills;
  }
}
