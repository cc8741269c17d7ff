import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import type { TariffVersion } from "../../normalizer/model/facts.ts";
import type { PostedLine } from "../../normalizer/model/lines.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { amountOf, type Volume, volume } from "../../normalizer/model/units.ts";
import { absenceVolumes } from "../households/absence.ts";
import { versionAt } from "../households/pricing.ts";
import { priceTamper, tamperMonths } from "../households/tamper.ts";
import type { Flat } from "./house-flat.ts";
import type { HouseLine } from "./house-line.ts";
import type { Input } from "./input.ts";

/** Lines of the documents that the month lists for the premises: absences, then acts. */
export function documentLines(
  item: Input,
  flat: Flat,
  posted: readonly PostedLine[],
  row: Input,
  tariffs: readonly TariffVersion[],
): readonly HouseLine[] {
  const id = item.text("id");
  const of = (name: string) => row.listOrNone(name).filter((entry) => entry.text("id") === id);
  return [
    ...of("absences").flatMap((entry) => absenceLines(entry, flat, tariffs)),
    ...of("acts").flatMap((entry) => tamperLines(entry, flat, posted, tariffs)),
  ];
}

function absenceLines(
  entry: Input,
  flat: Flat,
  tariffs: readonly TariffVersion[],
): readonly HouseLine[] {
  const left = entry.day("left");
  const { persons, norm } = flat.normOn(left);
  const { months } = absenceVolumes({
    left,
    returned: entry.day("returned"),
    norm,
    persons,
    hasMeter: flat.hasMeter,
    isMeterFeasible: false,
  });
  return months.map(({ month, volume: energy }) => {
    const version = versionAt(tariffs, (endDay(month) - 1) as Day);
    const price = version?.prices.T0?.[0];
    invariant(price !== undefined, "no price");
    const amount = amountOf(energy, price);
    const zone = "T0";
    return { kind: "ABSENCE", zone, range: 1, origin: month, volume: energy, price, amount };
  });
}

function tamperLines(
  entry: Input,
  flat: Flat,
  posted: readonly PostedLine[],
  tariffs: readonly TariffVersion[],
): readonly HouseLine[] {
  const detected = entry.day("detected");
  const { persons, norm } = flat.normOn(detected);
  const charged = new Map<Month, Volume>();
  for (const line of posted.filter(({ kind }) => kind !== "ODN"))
    charged.set(line.origin, volume((charged.get(line.origin) ?? 0) + line.volume));
  const months = tamperMonths(
    {
      type: "TAMPER",
      detected,
      eliminated: entry.day("eliminated"),
      sealed: entry.has("sealDate") ? entry.day("sealDate") : null,
      previousCheck: entry.has("prevCheck") ? entry.day("prevCheck") : null,
      connected: null,
      norm,
      persons,
      powerKwE4: null,
      includesEndDay: true,
    },
    charged,
  );
  return months.flatMap((month) => {
    const priced = priceTamper(month, 0, tariffs);
    invariant(priced.ok, "no price");
    return priced.lines.map((line) => ({
      kind: "TAMPER",
      zone: "T0" as const,
      range: 1,
      origin: month.month,
      volume: line.volume,
      price: line.price,
      amount: line.amount,
    }));
  });
}
