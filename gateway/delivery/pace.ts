/** Milliseconds since the epoch; a test's clock stands still until it is moved. */
export interface Clock {
  nowMs(): number;
}

/** Number of [0, 1). */
export type Random = () => number;

/** Failures that are repeated only so many times, then the object parks (problem-codes.md, outbound). */
const REPEATS_MAX: Readonly<Record<string, number>> = {
  COUNTERPART_ERROR: 3,
  ATTACHMENT_REFUSED: 1,
  REFERENCE_STALE: 1,
};
/** A refusal of one object that its edge wants repeated. */
const REPEATS_OF_OBJECT_MAX = 3;
const WITHOUT_END = new Set([
  "CONNECT_FAILED",
  "COUNTERPART_BUSY",
  "COUNTERPART_MAINTENANCE",
  "DEVICE_BUSY",
  "TOKEN_EXPIRED",
]);

/** How many times a failure of the code may be repeated; null = until it works. */
export function repeatsMax(code: string): number | null {
  if (WITHOUT_END.has(code)) return null;
  return REPEATS_MAX[code] ?? REPEATS_OF_OBJECT_MAX;
}

/** The counterpart asks for a new message after 60 to 120 s (gis-zhkh.md 3.4): so many times the first wait. */
const FIRST_WAITS: Readonly<Record<string, number>> = { COUNTERPART_ERROR: 24, TOKEN_EXPIRED: 0.2 };

/** Wait before the next attempt: doubles with each, half of it by chance, so that many do not come at once. */
export function backoffMs(
  code: string,
  attempts: number,
  limits: { readonly retryMs: number; readonly retryMsMax: number },
  random: Random,
): number {
  const first = limits.retryMs * (FIRST_WAITS[code] ?? 1);
  const whole = Math.min(first * 2 ** Math.min(Math.max(attempts - 1, 0), 20), limits.retryMsMax);
  return Math.ceil((whole * (1 + random())) / 2);
}

/** Messages per minute, taken one by one; a pause saves up at most one minute's worth. */
export class TokenBucket {
  readonly #perMinute: number | null;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  constructor(perMinute: number | null, clock: Clock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
    this.#tokens = perMinute ?? 0;
    this.#filledAtMs = clock.nowMs();
  }

  /** When a message may be taken: now or later. */
  readyAtMs(): number {
    const nowMs = this.#clock.nowMs();
    if (this.#perMinute === null) return nowMs;
    const gained = ((nowMs - this.#filledAtMs) * this.#perMinute) / 60_000;
    this.#tokens = Math.min(this.#perMinute, this.#tokens + gained);
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1) return nowMs;
    return nowMs + Math.ceil(((1 - this.#tokens) * 60_000) / this.#perMinute);
  }

  take(): void {
    this.#tokens -= 1;
  }
}

/**
 * Consecutive failures of the way to one counterpart. After so many it rests, then one message at a time tries, and
 * each failure of the trial doubles the rest.
 */
export class Breaker {
  readonly #failuresMax: number;
  readonly #restMs: number;
  readonly #restMsMax: number;
  #failures = 0;
  #openings = 0;
  #restsUntilMs = 0;

  constructor(limits: {
    readonly breakerFailures: number;
    readonly breakerRestMs: number;
    readonly breakerRestMsMax: number;
  }) {
    this.#failuresMax = limits.breakerFailures;
    this.#restMs = limits.breakerRestMs;
    this.#restMsMax = limits.breakerRestMsMax;
  }

  /** One message at a time until one has come through. */
  get isTrying(): boolean {
    return this.#openings > 0;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openings = 0;
  }

  /** @returns how long to rest now, or null = go on; messages that were under way when the rest began add nothing */
  failed(nowMs: number): number | null {
    if (nowMs < this.#restsUntilMs) return null;
    this.#failures += 1;
    if (!this.isTrying && this.#failures < this.#failuresMax) return null;
    this.#openings += 1;
    const restMs = Math.min(this.#restMs * 2 ** Math.min(this.#openings - 1, 20), this.#restMsMax);
    this.#restsUntilMs = nowMs + restMs;
    return restMs;
  }
}
