import { invariant } from "../model/result.ts";

/** Half-hours of as many channels stand in one block. */
const CHANNELS_OF_BLOCK = 512;

/**
 * Half-hours of many channels of one day, in few large blocks: as objects of their own they would
 * take three times the memory of their numbers.
 */
export class DayStore {
  readonly #length: number;
  readonly #values: Float64Array[] = [];
  readonly #qualities: Uint8Array[] = [];
  #count = 0;

  /** @param length half-hours of the day */
  constructor(length: number) {
    this.#length = length;
  }

  /** @returns place for `valuesAt` and `qualitiesAt` */
  add(values: Float64Array, qualities: Uint8Array): number {
    const place = this.#count;
    if (place % CHANNELS_OF_BLOCK === 0) {
      this.#values.push(new Float64Array(CHANNELS_OF_BLOCK * this.#length));
      this.#qualities.push(new Uint8Array(CHANNELS_OF_BLOCK * this.#length));
    }
    const offset = (place % CHANNELS_OF_BLOCK) * this.#length;
    this.#values.at(-1)?.set(values, offset);
    this.#qualities.at(-1)?.set(qualities, offset);
    this.#count += 1;
    return place;
  }

  valuesAt(place: number): Float64Array {
    const block = this.#values[Math.floor(place / CHANNELS_OF_BLOCK)];
    invariant(block !== undefined, `no channel at ${place}`);
    return block.subarray(...this.#window(place));
  }

  qualitiesAt(place: number): Uint8Array {
    const block = this.#qualities[Math.floor(place / CHANNELS_OF_BLOCK)];
    invariant(block !== undefined, `no channel at ${place}`);
    return block.subarray(...this.#window(place));
  }

  #window(place: number): [from: number, to: number] {
    const offset = (place % CHANNELS_OF_BLOCK) * this.#length;
    return [offset, offset + this.#length];
  }
}
