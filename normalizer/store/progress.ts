/** How far a long command is; the same object is reported again with `done` grown. */
export interface Progress {
  done: number;
  readonly total: number;
  /** In Russian, genitive plural: "строк". */
  readonly unit: string;
}

export type ReportProgress = (progress: Progress) => void;

const BETWEEN_LINES_MS = 2000;

/**
 * Turns reports into lines for a person, at most one in two seconds: "42 % · 1 200 000 из 2 800 000
 * строк · ещё 14 с".
 *
 * @param note gets each line
 * @param nowMs clock that never goes back
 */
export function progressLines(
  note: (text: string) => void,
  nowMs: () => number = () => performance.now(),
): ReportProgress {
  const startedMs = nowMs();
  let saidMs = startedMs;
  return ({ done, total, unit }) => {
    const now = nowMs();
    if (now - saidMs < BETWEEN_LINES_MS || done === 0 || total === 0) return;
    saidMs = now;
    const leftSeconds = Math.round((((now - startedMs) / done) * (total - done)) / 1000);
    const number = (value: number) => value.toLocaleString("ru-RU");
    note(
      `${Math.floor((done / total) * 100)} % · ${number(done)} из ${number(total)} ${unit}` +
        ` · ещё ${number(Math.max(0, leftSeconds))} с`,
    );
  };
}
