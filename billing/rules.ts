import { invariant } from "../normalizer/model/result.ts";
import { roomOdn, roomParts } from "./buildings/communal.ts";
import { odnMonth, odnShare, odnZones, reductionByResidents, zoneParts } from "./buildings/odn.ts";
import { separateVolumes } from "./buildings/separate.ts";
import { oneRateLine } from "./businesses/one-rate.ts";
import { absenceEnd, absenceEndUncut, absenceVolume } from "./households/absence.ts";
import { type Average, type AverageInput, averageVolumes } from "./households/average.ts";
import { delayReduction } from "./households/delay.ts";
import { fixedVolume } from "./households/fixed.ts";
import { plotVolume } from "./households/land-plot.ts";
import { manualAmount } from "./households/manual.ts";
import { registerDifference } from "./households/meter.ts";
import { type NormInput, type NormVolumes, normVolumes } from "./households/norm.ts";
import { type Pricing, type PricingInput, priceEnergy } from "./households/pricing.ts";
import { countedPoints } from "./households/service.ts";
import { tamperByNorm, tamperByPower, tamperDays } from "./households/tamper.ts";
import {
  type DifferenceInput,
  differencesOf,
  type LineDifference,
} from "./recalculation/difference.ts";
import { closeMonth } from "./settlement/close.ts";
import { benefitDiscount, benefitVolume } from "./tariffs/benefit.ts";

/** What each rule is made of. A change that moves a kopeck is a new version beside the old one. */
export interface RuleFunctions {
  readonly "households.meter": {
    readonly difference: typeof registerDifference;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "households.average": {
    readonly volumes: (input: AverageInput) => Average;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "households.norm": {
    readonly volumes: (input: NormInput) => NormVolumes;
    readonly price: (input: PricingInput) => Pricing;
  };
  /** Each point of an account by its own meter or mean; before it they were one measure. */
  readonly "households.points": { readonly counted: typeof countedPoints };
  readonly "buildings.communal": {
    readonly parts: typeof roomParts;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "buildings.separate": {
    readonly volumes: typeof separateVolumes;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "buildings.odn": {
    readonly month: typeof odnMonth;
    readonly share: typeof odnShare;
    readonly zones: typeof odnZones;
    readonly zoneParts: typeof zoneParts;
    readonly rooms: typeof roomOdn;
    readonly reduction: typeof reductionByResidents;
  };
  readonly "households.fixed": {
    readonly volume: typeof fixedVolume;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "households.delay": { readonly reduction: typeof delayReduction };
  readonly "households.plot": {
    readonly volume: typeof plotVolume;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "households.absence": {
    readonly end: typeof absenceEnd;
    readonly volume: typeof absenceVolume;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "households.tamper": {
    readonly days: typeof tamperDays;
    readonly byNorm: typeof tamperByNorm;
    readonly byPower: typeof tamperByPower;
    readonly price: (input: PricingInput) => Pricing;
  };
  readonly "households.benefit": {
    readonly volume: typeof benefitVolume;
    readonly discount: typeof benefitDiscount;
  };
  readonly "households.manual": { readonly amount: typeof manualAmount };
  readonly "businesses.oneRate": { readonly line: typeof oneRateLine };
  /** Settlement and penalties of a month together: what is paid when decides what accrues. */
  readonly "penalties.households": { readonly close: typeof closeMonth };
  readonly "recalculation.difference": {
    readonly differences: (input: DifferenceInput) => readonly LineDifference[];
  };
}

export type RuleName = keyof RuleFunctions;

/** Versions by rule name, as a run stores them: "households.meter" → 1. */
export type RuleVersions = Readonly<Record<string, number>>;

/** All versions that a posted line may name; the old ones stay while such a line exists. */
export type RuleRegistry = {
  readonly [Name in RuleName]: Readonly<Record<number, RuleFunctions[Name]>>;
};

export const RULES: RuleRegistry = {
  "households.meter": { 1: { difference: registerDifference, price: priceEnergy } },
  "households.average": { 1: { volumes: averageVolumes, price: priceEnergy } },
  "households.norm": { 1: { volumes: normVolumes, price: priceEnergy } },
  "households.points": { 1: { counted: countedPoints } },
  "buildings.communal": { 1: { parts: roomParts, price: priceEnergy } },
  "buildings.separate": { 1: { volumes: separateVolumes, price: priceEnergy } },
  "buildings.odn": {
    1: {
      month: odnMonth,
      share: odnShare,
      zones: odnZones,
      zoneParts,
      rooms: roomOdn,
      reduction: reductionByResidents,
    },
  },
  "households.fixed": { 1: { volume: fixedVolume, price: priceEnergy } },
  "households.delay": { 1: { reduction: delayReduction } },
  "households.plot": { 1: { volume: plotVolume, price: priceEnergy } },
  "households.absence": {
    1: { end: absenceEndUncut, volume: absenceVolume, price: priceEnergy },
    2: { end: absenceEnd, volume: absenceVolume, price: priceEnergy },
  },
  "households.tamper": {
    1: { days: tamperDays, byNorm: tamperByNorm, byPower: tamperByPower, price: priceEnergy },
  },
  "households.benefit": { 1: { volume: benefitVolume, discount: benefitDiscount } },
  "households.manual": { 1: { amount: manualAmount } },
  "businesses.oneRate": { 1: { line: oneRateLine } },
  "penalties.households": { 1: { close: closeMonth } },
  "recalculation.difference": { 1: { differences: differencesOf } },
};

/** Versions that a new run takes. */
export const CURRENT_RULES: RuleVersions = {
  "households.meter": 1,
  "households.average": 1,
  "households.norm": 1,
  "households.points": 1,
  "buildings.communal": 1,
  "buildings.separate": 1,
  "buildings.odn": 1,
  "households.fixed": 1,
  "households.delay": 1,
  "households.plot": 1,
  "households.absence": 2,
  "households.tamper": 1,
  "households.benefit": 1,
  "households.manual": 1,
  "businesses.oneRate": 1,
  "penalties.households": 1,
  "recalculation.difference": 1,
};

/** The rules of one run: functions by name, each with the version that its lines name. */
export interface Rules {
  readonly versions: RuleVersions;
  readonly registry: RuleRegistry;
}

/**
 * Rules of a run by the versions stored with it, those of a new run by CURRENT_RULES.
 * @throws InvariantError for a rule or version that the registry lacks
 */
export function rulesOf(versions: RuleVersions, registry: RuleRegistry = RULES): Rules {
  for (const [name, version] of Object.entries(versions)) {
    const known: Readonly<Record<string, Readonly<Record<number, unknown>>>> = registry;
    invariant(known[name]?.[version] !== undefined, `unknown rule ${name}@${version}`);
  }
  return { versions, registry };
}

/**
 * The functions of one rule in the version of the run.
 * @throws InvariantError when the run did not use the rule
 */
export function ruleOf<Name extends RuleName>(rules: Rules, name: Name): RuleFunctions[Name] {
  const functions = rules.registry[name][versionOf(rules, name)];
  invariant(functions !== undefined, `unknown version of rule ${name}`);
  return functions;
}

/** False where the run was made before the rule existed. */
export function hasRule(rules: Rules, name: RuleName): boolean {
  return rules.versions[name] !== undefined;
}

/** Version of the rule that lines of the run name. */
export function versionOf(rules: Rules, name: RuleName): number {
  const version = rules.versions[name];
  invariant(version !== undefined, `the run did not use rule ${name}`);
  return version;
}
