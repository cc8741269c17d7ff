import { multiplyDivideRound, type Volume, volume } from "../../normalizer/model/units.ts";

export interface AccountShare {
  /** Weight by ownership, persons or area, 10⁻⁴; or the fixed kWh of the account. */
  readonly weight: number;
  readonly isPrimary: boolean;
}

/**
 * Volumes of the separate accounts of one premises: others round4(V × weight / Σ weights) or their
 * fixed kWh, the primary account takes the residue. Without a primary the last account does.
 *
 * @see ГК РФ ст. 249, ЖК РФ ст. 155
 */
export function separateVolumes(
  whole: Volume,
  key: "WEIGHT" | "FIXED",
  accounts: readonly AccountShare[],
): Volume[] {
  let total = 0;
  for (const account of accounts) total += account.weight;
  const flagged = accounts.findIndex((account) => account.isPrimary);
  const primary = flagged < 0 ? accounts.length - 1 : flagged;
  let rest: number = whole;
  const volumes = accounts.map(({ weight }, index) => {
    if (index === primary) return volume(0);
    const part = key === "FIXED" ? weight : multiplyDivideRound(whole, weight, total);
    rest -= part;
    return volume(part);
  });
  volumes[primary] = volume(rest);
  return volumes;
}
