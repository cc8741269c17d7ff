import { draw } from "../../random.ts";
import type { BoundaryName } from "./boundaries.ts";
import { BOUNDARIES } from "./boundaries.ts";
import type { Phase } from "./play.ts";

export type Victim = "hub" | "PostgreSQL";

export interface Kill {
  readonly boundary: BoundaryName;
  readonly victim: Victim;
  /** The boundary is passed this many times, and the next time it is the end. */
  readonly nth: number;
}

const PHASES: Readonly<Record<BoundaryName, Phase>> = {
  "capture committed, not acknowledged": "intake",
  "legs named, none written": "intake",
  "leg written, not committed": "intake",
  "leg k of n committed": "intake",
  "message ended": "intake",
  "chunk copied, not marked": "bill",
  "chunk marked": "bill",
  "tables attached, not approved": "approve",
  approved: "approve",
  "closing written, not committed": "close",
  "closed, no checkpoint": "close",
  "checkpoints of one shard": "close",
};

export const BOUNDARY_NAMES = Object.keys(BOUNDARIES) as readonly BoundaryName[];

/** Kills of one playthrough by phase; one in four takes PostgreSQL down as well. */
export class KillPlan {
  readonly #left: Map<Phase, Kill[]>;

  /** @param ofEach kills per boundary */
  constructor(seed: number, ofEach: (boundary: BoundaryName) => number) {
    this.#left = new Map();
    const most = Math.max(...BOUNDARY_NAMES.map(ofEach));
    let index = 0;
    for (let time = 0; time < most; time += 1) {
      for (const boundary of BOUNDARY_NAMES) {
        if (time >= ofEach(boundary)) continue;
        index += 1;
        const phase = PHASES[boundary];
        const isRepeated = phase === "intake" || phase === "bill";
        const kills = this.#left.get(phase) ?? [];
        this.#left.set(phase, kills);
        kills.push({
          boundary,
          victim: (index + seed) % 4 === 0 ? "PostgreSQL" : "hub",
          nth: isRepeated ? 1 + (draw(seed, index) % 3) : 1,
        });
      }
    }
  }

  /** The next kill of the phase, taken out of the plan; null when there is none. */
  take(phase: Phase): Kill | null {
    return this.#left.get(phase)?.shift() ?? null;
  }
}
