const DIGIT_RUN = /\d+/g;
const RUN_DIGITS = { min: 4, max: 16 };
const RUNS_MAX = 8;
const NUMBER_DIGITS_MAX = 20;

/**
 * Numbers that a person who writes carelessly may have meant: with other leading zeros, or with one other digit. Only
 * for a person to choose from, money is never posted by them (R5).
 */
export function similarNumbers(purpose: string): ReadonlySet<string> {
  const similar = new Set<string>();
  const runs = (purpose.match(DIGIT_RUN) ?? []).filter(
    ({ length }) => RUN_DIGITS.min <= length && length <= RUN_DIGITS.max,
  );
  for (const run of [...new Set(runs)].slice(0, RUNS_MAX)) {
    for (let place = 0; place < run.length; place += 1) {
      for (let digit = 0; digit <= 9; digit += 1) {
        similar.add(`${run.slice(0, place)}${digit}${run.slice(place + 1)}`);
      }
    }
    const bare = run.replace(/^0+/, "");
    for (let length = bare.length; length <= NUMBER_DIGITS_MAX; length += 1) {
      similar.add(bare.padStart(length, "0"));
    }
  }
  return similar;
}
