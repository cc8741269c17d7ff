/** Every code of problem-codes.md with its outcome, Russian text and remedy; a test compares the two. */
export const PROBLEM_CATALOGUE = {
  PARSER_DEFECT: {
    outcome: "quarantined",
    text: "Программа не смогла разобрать сообщение из-за собственной ошибки",
    remedy: "Передать разработчику; после исправления повторить",
  },
} as const satisfies Record<string, ProblemDefinition>;

/** Effect by default; where the source decides (two outcomes in one cell) intake chooses the stricter one. */
export interface ProblemDefinition {
  readonly outcome: ProblemEffect;
  /** What happened, in Russian, with {placeholders} of `Problem.values`. */
  readonly text: string;
  /** What to do, in Russian. */
  readonly remedy: string;
}

export type ProblemEffect =
  | "no-op"
  | "warned"
  | "waiting"
  | "held"
  | "rejected"
  | "file rejected"
  | "quarantined"
  | "value dropped"
  | "alarm"
  | "retry"
  | "unknown"
  | "park"
  | "stop";

export type ProblemCode = keyof typeof PROBLEM_CATALOGUE;
