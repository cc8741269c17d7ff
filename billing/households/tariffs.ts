import type { Day } from "../../normalizer/model/dates.ts";
import type { Dated, HouseholdLaw, TariffVersion } from "../../normalizer/model/facts.ts";

/**
 * Tariff versions of an account: those of its category, and where the category changes, of each
 * category for its days. Only a change cuts a version: it starts on the day of the change, else it
 * keeps its own first day.
 */
export function tariffsOf(
  categories: readonly Dated<string>[],
  law: HouseholdLaw,
): readonly TariffVersion[] {
  const spans = joined(categories);
  const only = spans.length === 1 ? spans[0] : undefined;
  if (only !== undefined && only.to === null) return law.tariffs[only.value] ?? [];
  return spans.flatMap((span, index) => {
    const versions = law.tariffs[span.value] ?? [];
    return versions.flatMap((version) => {
      const from = index === 0 ? version.from : (Math.max(span.from, version.from) as Day);
      const to = earlier(span.to, version.to);
      return to !== null && to <= from ? [] : [{ ...version, from, to }];
    });
  });
}

/** Neighbouring rows of one category are one span: a row may change for another reason. */
function joined(categories: readonly Dated<string>[]): readonly Dated<string>[] {
  if (categories.length < 2) return categories;
  const spans: Dated<string>[] = [];
  for (const category of categories) {
    const last = spans.at(-1);
    if (last?.value === category.value && last.to === category.from)
      spans[spans.length - 1] = { ...last, to: category.to };
    else spans.push(category);
  }
  return spans;
}

function earlier(a: Day | null, b: Day | null): Day | null {
  if (a === null) return b;
  if (b === null) return a;
  return a < b ? a : b;
}
