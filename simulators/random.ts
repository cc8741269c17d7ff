/**
 * Deterministic draws without state: the same seed and keys give the same number, whatever was drawn before. A row of a
 * population of ten million can therefore be made alone, and a replay needs no saved generator.
 *
 * @returns whole number of [0, 2³²)
 */
export function draw(seed: number, ...keys: readonly number[]): number {
  let hash = seed | 0;
  for (const key of keys) hash = mix(Math.imul(hash ^ (key | 0), 0x9e3779b1) + 0x7f4a7c15);
  return mix(hash) >>> 0;
}

/** Whole number of [from, to], both inclusive; the span must be far below 2³². */
export function between(
  from: number,
  to: number,
  seed: number,
  ...keys: readonly number[]
): number {
  return from + (draw(seed, ...keys) % (to - from + 1));
}

/** Finaliser of MurmurHash3 (public domain): every input bit reaches every output bit. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
