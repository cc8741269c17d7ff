import type { Month } from "../../normalizer/model/dates.ts";
import type { Shard } from "../../normalizer/model/ids.ts";

/**
 * What a synthetic supplier (условный гарантирующий поставщик) is made of. The same plan gives the same rows, byte for
 * byte; nothing of it is a real person, address or company.
 */
export interface SupplierPlan {
  readonly seed: number;
  /** Household accounts; every 200 hold two МКД of 36 flats and 128 private houses. */
  readonly households: number;
  /** Business contracts, one or two supply points each. */
  readonly businesses: number;
  /** First month to be billed; register states of the seven months before are there already. */
  readonly period: Month;
  readonly organisation: number;
  /** First of the internal ids that the supplier takes; it takes `idsOf(plan)` of them in a row. */
  readonly firstId: number;
}

export const FLATS_PER_BUILDING = 36;
export const BLOCK_HOUSEHOLDS = 200;
const BLOCK_FLATS = 2 * FLATS_PER_BUILDING;
const BLOCK_SITES = 2 + BLOCK_HOUSEHOLDS - BLOCK_FLATS;
/** account, point, meter, second meter, site */
const IDS_PER_HOUSEHOLD = 5;
/** contract (its own site), two points, four channels */
const IDS_PER_BUSINESS = 7;
const SHARDS = 256;

export interface HouseholdIds {
  readonly account: number;
  readonly point: number;
  readonly meter: number;
  readonly nextMeter: number;
  readonly site: number;
  readonly shard: Shard;
  readonly building: "MKD" | "PRIVATE_HOUSE";
  /** Number of the site among all, from 0. */
  readonly siteIndex: number;
  /** Flat of its building or house of its street, from 1. */
  readonly premises: number;
  /** The first account of its site: the one that the site's own rows are made with. */
  readonly opensSite: boolean;
}

/** @param index number of the household, 0 … households − 1 */
export function householdIds(plan: SupplierPlan, index: number): HouseholdIds {
  const first = plan.firstId + index * IDS_PER_HOUSEHOLD;
  const block = Math.floor(index / BLOCK_HOUSEHOLDS);
  const place = index % BLOCK_HOUSEHOLDS;
  const inBuilding = place < BLOCK_FLATS;
  const building = Math.floor(place / FLATS_PER_BUILDING);
  const siteIndex = block * BLOCK_SITES + (inBuilding ? building : 2 + place - BLOCK_FLATS);
  const opener = inBuilding ? block * BLOCK_HOUSEHOLDS + building * FLATS_PER_BUILDING : index;
  return {
    account: first,
    point: first + 1,
    meter: first + 2,
    nextMeter: first + 3,
    site: plan.firstId + opener * IDS_PER_HOUSEHOLD + 4,
    shard: (siteIndex % SHARDS) as Shard,
    building: inBuilding ? "MKD" : "PRIVATE_HOUSE",
    siteIndex,
    premises: inBuilding ? (place % FLATS_PER_BUILDING) + 1 : place - BLOCK_FLATS + 1,
    opensSite: opener === index,
  };
}

export interface BusinessIds {
  /** Account of the contract; the contract is its own site. */
  readonly contract: number;
  readonly points: readonly [number, number];
  /** Per point the channel of active and of reactive energy. */
  readonly channels: readonly [readonly [number, number], readonly [number, number]];
  readonly shard: Shard;
}

/** @param index number of the business, 0 … businesses − 1 */
export function businessIds(plan: SupplierPlan, index: number): BusinessIds {
  const first = plan.firstId + plan.households * IDS_PER_HOUSEHOLD + index * IDS_PER_BUSINESS;
  return {
    contract: first,
    points: [first + 1, first + 2],
    channels: [
      [first + 3, first + 4],
      [first + 5, first + 6],
    ],
    // Away from the sites of a small supplier, so that a demo shows more than the first shards.
    shard: (SHARDS - 1 - (index % SHARDS)) as Shard,
  };
}

/** How many internal ids the plan takes. */
export function idsOf(plan: SupplierPlan): number {
  return plan.households * IDS_PER_HOUSEHOLD + plan.businesses * IDS_PER_BUSINESS;
}
