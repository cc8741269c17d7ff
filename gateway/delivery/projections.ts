import type { Projection } from "./projection.ts";

/**
 * What goes to a destination, by kind of its edge; loaded when a channel of the kind is configured. An edge without a
 * line here sends only what persons or other parts of the hub ask for.
 */
export const PROJECTIONS: Readonly<
  Record<string, () => Promise<{ readonly projection: Projection }>>
> = {
  bank: () => import("./projections/bank.ts"),
  "gis-zhkh": () => import("./projections/gis-zhkh.ts"),
};
