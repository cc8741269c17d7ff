const NEWLINE = "\n";

/** The lines of a text, cut when they are asked for: a statement has millions, and most are looked at once. */
export class Lines {
  readonly length: number;
  /** Each holds whole lines, the last one without its end. */
  readonly #pieces: string[];
  /** Index of the first line of each piece, and the number of all lines. */
  readonly #firsts: readonly number[];
  /** Where each line begins in its piece. */
  readonly #starts: Uint32Array;
  /** The piece that was asked last: lines are mostly asked in their order. */
  #piece = 0;
  #forgotten = 0;

  /** @param text in pieces that are cut anywhere */
  constructor(text: readonly string[]) {
    this.#pieces = wholeLines(text);
    const firsts = [0];
    for (const piece of this.#pieces) firsts.push((firsts.at(-1) ?? 0) + endsIn(piece));
    this.#firsts = firsts;
    // The last line has no end.
    this.length = (firsts.at(-1) ?? 0) + 1;
    this.#starts = new Uint32Array(this.length);
    let line = 0;
    for (const piece of this.#pieces) {
      let at = 0;
      do {
        this.#starts[line] = at;
        line += 1;
        at = piece.indexOf(NEWLINE, at) + 1;
      } while (at > 0 && at < piece.length);
    }
  }

  /** @param index from 0, below the length */
  at(index: number): string {
    const firsts = this.#firsts;
    while (index < (firsts[this.#piece] ?? 0)) this.#piece -= 1;
    while (this.#piece < this.#pieces.length - 1 && index >= (firsts[this.#piece + 1] ?? 0)) {
      this.#piece += 1;
    }
    const piece = this.#pieces[this.#piece] ?? "";
    const from = this.#starts[index] ?? 0;
    const end = piece.indexOf(NEWLINE, from);
    return piece.slice(from, end < 0 ? undefined : end);
  }

  /** Lets the text before a line go, as far as pieces are whole; its lines must not be asked for any more. */
  forget(index: number): void {
    for (; this.#forgotten < this.#pieces.length; this.#forgotten += 1) {
      if ((this.#firsts[this.#forgotten + 1] ?? 0) > index) return;
      this.#pieces[this.#forgotten] = "";
    }
  }

  /** Index of the first line that is not blank; -1 = there is none. */
  firstFilled(): number {
    for (let index = 0; index < this.length; index += 1) {
      if (this.at(index).trim() !== "") return index;
    }
    return -1;
  }
}

/** Moves what stands behind the last end of a line to the next piece. */
function wholeLines(text: readonly string[]): string[] {
  const pieces: string[] = [];
  let begun = "";
  for (const piece of text) {
    const end = piece.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      begun += piece;
      continue;
    }
    pieces.push(begun + piece.slice(0, end));
    begun = piece.slice(end);
  }
  return [...pieces, begun];
}

function endsIn(piece: string): number {
  let count = 0;
  for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
