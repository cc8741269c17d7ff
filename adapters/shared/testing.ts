/** Numbers by seed (mulberry32): a failing input is found again by its number. */
export class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }
  of<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
}

/** One damage of the bytes: a cut, a hole, a repeat, a filling of 1 to 40 bytes, a flipped bit. */
export function damaged(bytes: Buffer, chance: Chance): Buffer {
  const at = chance.below(bytes.length);
  const length = 1 + chance.below(40);
  switch (chance.below(5)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 3: {
      const filler = Buffer.alloc(length, chance.below(256));
      return Buffer.concat([bytes.subarray(0, at), filler, bytes.subarray(at)]);
    }
    default: {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << chance.below(8));
      return flipped;
    }
  }
}
