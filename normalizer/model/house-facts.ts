import type { Month } from "./dates.ts";
import type { Dated, MeteredMonth, PointFacts } from "./facts.ts";
import type { AccountId, PremisesId } from "./ids.ts";
import type { Zone } from "./lines.ts";
import type { Volume } from "./units.ts";

/** One premises of a МКД (квартира, нежилое помещение) in one period. */
export interface PremisesFacts {
  readonly premises: PremisesId;
  /** «12», «Н-3» */
  readonly number: string;
  readonly use: "RESIDENTIAL" | "NON_RESIDENTIAL";
  /** Общая площадь, 10⁻⁴ m². */
  readonly areaE4: readonly Dated<number>[];
  /** By account id; none where nobody pays the supplier for it. */
  readonly payers: readonly PremisesPayer[];
  /**
   * Meters of the whole premises: общий прибор of a communal flat, the one meter of separate accounts. Empty where
   * the one payer has the meter (`AccountFacts.points`) or where there is none.
   */
  readonly points: readonly PointFacts[];
  /** Metered sections of a communal flat. */
  readonly sections: readonly {
    readonly section: string;
    readonly points: readonly PointFacts[];
  }[];
  /** Metered months of `points`, oldest first, for the average. */
  readonly history: readonly MeteredMonth[];
  readonly missedPeriods: number;
  /** Paid by a business contract: its volume of the period; null while the contract is not billed (holds the ОДН). */
  readonly contract: { readonly account: AccountId; readonly volume: Volume | null } | null;
}

/** An account that pays for a premises: all of it, a room of a communal flat, or a share (раздельные ЛС). */
export interface PremisesPayer {
  readonly account: AccountId;
  readonly part:
    | { readonly kind: "WHOLE" }
    | {
        readonly kind: "ROOM";
        /** Жилая площадь, 10⁻⁴ m². */
        readonly livingAreaE4: number;
        readonly section: string | null;
      }
    | {
        readonly kind: "SHARE";
        readonly weight: number;
        /** Takes the residue of the rounding. */
        readonly isPrimary: boolean;
      };
}

export type Management = "MANAGED" | "DIRECT" | "NONE";

/** What the common consumption (ОДН, КР на СОИ) of a МКД needs. */
export interface HouseFacts {
  readonly management: readonly Dated<Management>[];
  /** All residential and non-residential premises, 10⁻⁴ m²; without the common property. */
  readonly totalAreaE4: readonly Dated<number>[];
  /** Площадь помещений общего имущества, 10⁻⁴ m². */
  readonly commonAreaE4: readonly Dated<number>[];
  /** Code of `HouseholdLaw.odnNorms`. */
  readonly odnNorm: readonly Dated<string>[];
  /** Tariff category that the manager, or the ОДН of a premises without an account, is priced by. */
  readonly category: string;
  /** ОДПУ; empty = the house has none. */
  readonly points: readonly PointFacts[];
  /** Metered months of the ОДПУ before the period, oldest first (п. 59(1)). */
  readonly history: readonly MeteredMonth[];
  readonly missedPeriods: number;
  /** Отрицательный ОДН carried into the period (ПП РФ 92). */
  readonly carried: readonly CarriedVolume[];
}

/** What is left of the negative ОДН of one month: > 0; in a list the oldest first, each month once. */
export interface CarriedVolume {
  readonly month: Month;
  readonly volume: Volume;
}

/** Result of one house and month, stored beside the lines of its run. */
export interface HouseMonth {
  /** ODPU by meter, by its average, without ОДПУ, or held by the premises in `heldBy`. */
  readonly method: "METER" | "AVERAGE" | "NORM" | "HELD";
  readonly odpu: Volume | null;
  readonly individual: Volume;
  readonly nonResidential: Volume;
  readonly raw: Volume;
  readonly carryIn: Volume;
  readonly carryUsed: Volume;
  /** Too old to be used in this month or later; 0 where nothing expires. */
  readonly carryExpired: Volume;
  readonly carryOut: Volume;
  /** `carryOut` by the months that it arose in. */
  readonly carried: readonly CarriedVolume[];
  readonly cap: Volume;
  readonly distributed: Volume;
  readonly overNorm: Volume;
  /** Σ of the ОДН lines; 0 in a managed house. */
  readonly shares: Volume;
  readonly residue: Volume;
  /** Flat meters less the lines of their rooms; null where the house has no communal flat. */
  readonly communalResidue: Volume | null;
  /** Volume of the manager's bill; null unless managed. */
  readonly manager: Volume | null;
  /** Numbers of the premises that hold the common lines. */
  readonly heldBy: readonly string[];
  /** By zones of the ОДПУ, T1, T3, T2; empty where the month is distributed without zones. */
  readonly zones: readonly HouseZone[];
}

/** One zone of the ОДПУ in a month: each column sums to that of the whole house. */
export interface HouseZone {
  readonly zone: Zone;
  readonly odpu: Volume;
  /** What no meter tells apart is split by the profile of the ОДПУ. */
  readonly individual: Volume;
  readonly nonResidential: Volume;
  readonly raw: Volume;
  readonly distributed: Volume;
}
