import { differences } from "./compare.ts";
import { INDIVIDUALS, type Translator } from "./individuals.ts";
import { Input, type Json } from "./input.ts";
import { LEGAL } from "./legal.ts";

export const SUITES: Readonly<Record<string, Readonly<Record<string, Translator>>>> = {
  individuals: INDIVIDUALS,
  legal: LEGAL,
};

export interface CaseResult {
  readonly id: string;
  readonly kind: string;
  /** Empty when the case passed. */
  readonly differences: readonly string[];
}

/** Runs every case of a file's text; an unknown kind and a case that throws are failed. */
export function runCases(suite: string, text: string): readonly CaseResult[] {
  const translators = SUITES[suite] ?? {};
  const file: Json = JSON.parse(text);
  return new Input(file, "").list("cases").map((item) => runCase(translators, item));
}

function runCase(translators: Readonly<Record<string, Translator>>, item: Input): CaseResult {
  const id = item.text("id");
  const kind = item.text("kind");
  const translate = translators[kind];
  if (translate === undefined) return { id, kind, differences: [`kind ${kind} is not known`] };
  try {
    const got = translate(new Input(item.at("input").value, "input"));
    return { id, kind, differences: differences(item.at("expected").value, got) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { id, kind, differences: [`failed: ${reason}`] };
  }
}
