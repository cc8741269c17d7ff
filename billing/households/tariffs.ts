import type { Day } from "../../normalizer/model/dates.ts";
import type { Dated, HouseholdLaw, TariffVersion } from "../../normalizer/model/facts.ts";

/**
 * Tariff versions of an account: those of its category, and where the category changes, of each category for its
 * days. A version cut by a change of category starts on the day of the change.
 */
export function tariffsOf(
  categories: readonly Dated<string>[],
  law: HouseholdLaw,
): readonly TariffVersion[] {
  const only = categories.length === 1 ? categories[0] : undefined;
  if (only !== undefined && only.to === null) {
    const versions = law.tariffs[only.value] ?? [];
    if (versions.every((version) => version.from >= only.from)) return versions;
  }
  return categories.flatMap((category) => {
    const versions = law.tariffs[category.value] ?? [];
    return versions.flatMap((version) => {
      const from = Math.max(category.from, version.from) as Day;
      const to = earlier(category.to, version.to);
      return to !== null && to <= from ? [] : [{ ...version, from, to }];
    });
  });
}

function earlier(a: Day | null, b: Day | null): Day | null {
  if (a === null) return b;
  if (b === null) return a;
  return a < b ? a : b;
}
