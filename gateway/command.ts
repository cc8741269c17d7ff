/** Exit codes of `hub`: design section 8 gives 0 and 3; 2 is a wrong call, 1 our own failure. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_NOT_ACCEPTED = 3;

/** One command of `hub`: a module of gateway/commands exports it as `command`, cli.ts has a line for it. */
export interface Command {
  readonly name: string;
  /** One line of `hub --help`, in Russian. */
  readonly summary: string;
  /** What stands after the name: "ЛИЦЕВОЙ_СЧЁТ --month ГГГГ-ММ [--json]", then a line per option. */
  readonly usage: string;
  /** Returns the exit code. Throws UsageError for a wrong call, anything else is our own failure. */
  run(args: readonly string[], context: CommandContext): Promise<number>;
}

export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The result: a person's text, or one JSON value with --json. */
  out(text: string): void;
  /** Progress and remarks; never a part of the result. */
  note(text: string): void;
  /** Ends long work when the person stops it. */
  readonly signal: AbortSignal;
}

/** The call itself is wrong; the text says how to mend it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
