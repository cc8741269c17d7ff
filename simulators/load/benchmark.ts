/**
 * Runs one benchmark with its baselines.
 *
 * @param args what stands after the name
 * @param note a line for a person
 * @returns the figures, one JSON object
 */
export type Benchmark = (
  args: readonly string[],
  note: (line: string) => void,
) => Promise<Readonly<Record<string, unknown>>>;
