import type { Day } from "../model/dates.ts";
import type { SwitchVersion } from "../model/facts.ts";
import type { AccountId, SiteId } from "../model/ids.ts";
import type { ReadingSource } from "../model/records.ts";
import { READING_SOURCES } from "../model/records.ts";
import { invariant } from "../model/result.ts";
import { parseScaled } from "../model/units.ts";

/** How much energy is still believed, and how it may be spread. */
export interface VolumeLimits {
  /** How many times the usual is still believed, 10⁻⁴: 3 = 30 000. */
  readonly excessMaxE4: number;
  /** The same for what the maximum power gives. */
  readonly powerFactorE4: number;
  /** By how much the share of the night may differ from the usual one, 10⁻⁴. */
  readonly nightShareMaxE4: number;
  /** Days without movement that are told as a run of zeros. */
  readonly zeroRunDays: number;
}

/** Switches of reading control in force at one place on one day. */
export interface ControlLimits extends VolumeLimits {
  /** Days of the month on which readings of consumers are taken, both included. */
  readonly window: { readonly from: number; readonly to: number };
  /** 1 = the highest; equal ranks do not replace each other. */
  readonly priorities: Readonly<Record<ReadingSource, number>>;
}

/**
 * Switches of reading control with their defaults; a supplier's facts override them by scope.
 * `nightShareMax` and `control.zeroRunDays` have no value in the rules: docs/decisions/0013.
 */
const DEFAULTS = {
  "control.kMax": "3",
  "control.powerFactor": "1",
  nightShareMax: "0.3",
  "control.zeroRunDays": "90",
  "readings.window": "15..25",
  "readings.sourcePriority": "AMI > CONTROLLER > CHECK > PORTAL = GIS_ZHKH = ROBOT = PAYMENT",
} as const;

type ControlSwitch = keyof typeof DEFAULTS;
const NAMES = Object.keys(DEFAULTS) as readonly ControlSwitch[];

/** Where a reading is taken: its account, site and district, from the narrowest scope to the widest. */
export interface ControlPlace {
  readonly account: AccountId;
  readonly site: SiteId;
  readonly district: string;
}

/** The switches of one organisation; each set of values is parsed once. */
export class ControlSwitches {
  readonly #versions: readonly SwitchVersion[];
  readonly #parsed = new Map<string, ControlLimits>();

  /** @param versions of any switches; those of other parts are left out */
  constructor(versions: readonly SwitchVersion[]) {
    this.#versions = versions.filter(({ name }) => (NAMES as readonly string[]).includes(name));
  }

  /** What holds where nothing was entered. */
  get defaults(): ControlLimits {
    return this.#limitsOf(DEFAULTS);
  }

  /** @throws InvariantError for a value that says nothing: values are checked when entered */
  limitsAt({ account, site, district }: ControlPlace, on: Day): ControlLimits {
    if (this.#versions.length === 0) return this.defaults;
    const texts: Record<ControlSwitch, string> = { ...DEFAULTS };
    const scopes = ["organisation", `district:${district}`, `site:${site}`, `account:${account}`];
    for (const scope of scopes) {
      for (const { from, to, name, value, scope: own } of this.#versions) {
        if (own !== scope || from > on || (to !== null && to <= on)) continue;
        texts[name as ControlSwitch] = value;
      }
    }
    return this.#limitsOf(texts);
  }

  #limitsOf(texts: Readonly<Record<ControlSwitch, string>>): ControlLimits {
    const key = NAMES.map((name) => texts[name]).join("\n");
    const known = this.#parsed.get(key) ?? limitsOf(texts);
    this.#parsed.set(key, known);
    return known;
  }
}

function limitsOf(texts: Readonly<Record<ControlSwitch, string>>): ControlLimits {
  const number = (name: ControlSwitch, scale: number): number => {
    const value = parseScaled(texts[name], scale);
    invariant(value !== null && value >= 0, `switch ${name}: ${texts[name]}`);
    return value;
  };
  return {
    excessMaxE4: number("control.kMax", 4),
    powerFactorE4: number("control.powerFactor", 4),
    nightShareMaxE4: number("nightShareMax", 4),
    zeroRunDays: number("control.zeroRunDays", 0),
    window: windowOf(texts["readings.window"]),
    priorities: prioritiesOf(texts["readings.sourcePriority"]),
  };
}

const WINDOW = /^(\d{1,2})\.\.(\d{1,2})$/;

function windowOf(text: string): ControlLimits["window"] {
  const [, from, to] = WINDOW.exec(text) ?? [];
  const window = { from: Number(from), to: Number(to) };
  invariant(window.from >= 1 && window.from <= window.to && window.to <= 31, `window ${text}`);
  return window;
}

/** «A > B = C»: from the highest; a source that is not named stands below all that are. */
function prioritiesOf(text: string): ControlLimits["priorities"] {
  const groups = text.split(">").map((group) => group.split("=").map((name) => name.trim()));
  const named = groups.flat();
  for (const name of named) {
    const isSource = (READING_SOURCES as readonly string[]).includes(name);
    invariant(isSource && named.indexOf(name) === named.lastIndexOf(name), `priority ${text}`);
  }
  const ranks = READING_SOURCES.map((source) => {
    const group = groups.findIndex((names) => names.includes(source));
    return [source, group < 0 ? groups.length + 1 : group + 1];
  });
  return Object.fromEntries(ranks) as ControlLimits["priorities"];
}
