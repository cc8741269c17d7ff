import { Exact, roundTo, sumOf } from "../exact.ts";

export interface GridLevel {
  readonly level: string;
  readonly input: Exact;
  readonly output: Exact;
  readonly useful: Exact;
  /** Energy that enters the whole network at this level. */
  readonly external: Exact;
}

export interface GridBalance {
  readonly rows: readonly {
    readonly level: string;
    readonly loss: Exact;
    /** Percent of the input, 2 decimals; 0 without input. */
    readonly lossPercent: Exact;
  }[];
  readonly totalInput: Exact;
  readonly useful: Exact;
  readonly loss: Exact;
}

/**
 * Balance of a grid company by voltage level: loss = input − output to lower levels and other grids
 * − useful output.
 * @see ПП РФ 861; ПП РФ 442 п. 185
 */
export function gridBalance(levels: readonly GridLevel[]): GridBalance {
  const rows = levels.map(({ level, input, output, useful }) => {
    const loss = input.minus(output).minus(useful);
    const lossPercent = input.isZero() ? new Exact(0) : roundTo(loss.div(input).times(100), 2);
    return { level, loss, lossPercent };
  });
  return {
    rows,
    totalInput: sumOf(levels.map((item) => item.external)),
    useful: sumOf(levels.map((item) => item.useful)),
    loss: sumOf(rows.map((row) => row.loss)),
  };
}

export interface PointVolumes {
  readonly point: string;
  readonly supplier: Exact;
  readonly grid: Exact;
}

/**
 * Differences supplier − grid of the points that have one, and their signed sum: the disputed total
 * of the act.
 */
export function pointDifferences(points: readonly PointVolumes[]): {
  readonly rows: readonly { readonly point: string; readonly difference: Exact }[];
  readonly disputed: Exact;
} {
  const rows = points
    .map(({ point, supplier, grid }) => ({ point, difference: supplier.minus(grid) }))
    .filter((row) => !row.difference.isZero());
  return { rows, disputed: sumOf(rows.map((row) => row.difference)) };
}
