import type { HouseZone } from "../../normalizer/model/house-facts.ts";
import { ZONES, type Zone } from "../../normalizer/model/lines.ts";
import { type Volume, volume } from "../../normalizer/model/units.ts";
import { splitVolume } from "../split.ts";
import type { MeasuredZone } from "./odn.ts";
import { type HouseContext, isConsumption, type PayerBill, type PremisesBill } from "./premises.ts";

/** Volumes of one month by zone, any sign; T0 = round the clock. */
export type VolumesByZone = ReadonlyMap<Zone, number>;

export function addZones(
  sums: Map<Zone, number>,
  parts: readonly { readonly zone: Zone; readonly volume: Volume }[],
  sign: 1 | -1 = 1,
): void {
  for (const part of parts) sums.set(part.zone, (sums.get(part.zone) ?? 0) + sign * part.volume);
}

/**
 * What the ОДПУ and the premises took in each zone of the ОДПУ. A meter that does not tell the zones
 * apart is split by the profile of the ОДПУ: round the clock over all zones, the day of two zones
 * over peak and half-peak; the day of an ОДПУ of two zones takes both. Empty where the volume of the
 * ОДПУ is not wholly by zones, or gives no profile: a zone below 0, or nothing at all.
 *
 * @param odpu volume of the ОДПУ in the month
 */
export function measuredZones(
  odpu: VolumesByZone,
  premises: readonly PremisesBill[],
  { site }: HouseContext,
): readonly MeasuredZone[] {
  const zones = ZONES.filter((zone) => zone !== "T0" && odpu.has(zone));
  const profile = zones.map((zone) => odpu.get(zone) ?? 0);
  let whole = 0;
  for (const energy of profile) whole += energy;
  const isZoned = zones.length > 1 && (odpu.get("T0") ?? 0) === 0;
  if (!isZoned || whole <= 0 || profile.some((energy) => energy < 0)) return [];
  const individual = new Map<Zone, number>();
  const nonResidential = new Map<Zone, number>();
  for (const bill of premises) {
    if (bill.isHeld) continue;
    const isBusiness = bill.premises.contract !== null;
    addPremises(isBusiness ? nonResidential : individual, bill, zones, site.period);
  }
  const ofFlats = overZones(individual, zones, profile);
  const ofBusinesses = overZones(nonResidential, zones, profile);
  return zones.map((zone, index) => ({
    zone,
    odpu: volume(profile[index] ?? 0),
    individual: ofFlats[index] ?? volume(0),
    nonResidential: ofBusinesses[index] ?? volume(0),
  }));
}

/**
 * Key of `sums`: a zone of the ОДПУ; T1 of a meter of two zones under an ОДПУ of three is the whole
 * day and waits in `DAY`, T0 waits too.
 */
const DAY = "T1+T3" as Zone;

function addPremises(
  sums: Map<Zone, number>,
  { premises, payers, consumed, flatParts }: PremisesBill,
  zones: readonly Zone[],
  period: number,
): void {
  if (premises.contract !== null) {
    addZones(sums, [{ zone: "T0", volume: consumed }]);
    return;
  }
  if (flatParts !== null) addZones(sums, inZones(flatParts, zones));
  for (const { lines } of payers) {
    const own = lines.filter((line) => isConsumption(line));
    // A communal flat counts by its own meter; what corrects its earlier months is in its lines.
    const counted = flatParts === null ? own : own.filter(({ origin }) => origin < period);
    addZones(sums, inZones(counted, zones));
  }
}

/** Parts of one meter, or of the meters of one account, in the zones of the ОДПУ. */
function inZones(
  parts: readonly { readonly zone: Zone; readonly volume: Volume }[],
  zones: readonly Zone[],
): readonly { readonly zone: Zone; readonly volume: Volume }[] {
  const ofThree = parts.some(({ zone }) => zone === "T3");
  const hasThree = zones.includes("T3");
  if (ofThree === hasThree) return parts;
  return parts.map((part) => {
    if (ofThree && part.zone === "T3") return { zone: "T1" as const, volume: part.volume };
    return !ofThree && part.zone === "T1" ? { zone: DAY, volume: part.volume } : part;
  });
}

function overZones(
  sums: VolumesByZone,
  zones: readonly Zone[],
  profile: readonly number[],
): readonly Volume[] {
  const round = overProfile(volume(sums.get("T0") ?? 0), profile);
  const isDay = zones.map((zone) => zone !== "T2");
  const day = overProfile(
    volume(sums.get(DAY) ?? 0),
    profile.filter((_, index) => isDay[index]),
  );
  return zones.map((zone, index) =>
    volume((sums.get(zone) ?? 0) + (round[index] ?? 0) + (day[index] ?? 0)),
  );
}

/** Weights that are all 0 leave everything to the last. */
function overProfile(whole: Volume, weights: readonly number[]): readonly Volume[] {
  if (weights.every((weight) => weight === 0))
    return weights.map((_, index) => (index === weights.length - 1 ? whole : volume(0)));
  return splitVolume(whole, weights);
}

/**
 * Whether an account pays its ОДН by zones: its own energy of the month is priced in just the zones
 * of the ОДПУ. One by norm, by a meter of one rate, or of other zones pays round the clock.
 */
export function paysByZones(
  { lines }: PayerBill,
  zones: readonly HouseZone[],
  { site }: HouseContext,
): boolean {
  const own = new Set<Zone>();
  for (const line of lines)
    if (isConsumption(line) && line.origin === site.period) own.add(line.zone);
  return own.size > 0 && own.size === zones.length && zones.every(({ zone }) => own.has(zone));
}
