import type { SourceAdapter, TargetAdapter } from "./contract.ts";

/**
 * Edges that send to us, by kind = folder name; one is loaded when a channel of its kind is used.
 */
export const SOURCES: Readonly<
  Record<string, () => Promise<{ readonly adapter: SourceAdapter<unknown, unknown> }>>
> = {
  bank: () => import("./bank/index.ts"),
  "gis-zhkh": () => import("./gis-zhkh/index.ts"),
  pyramida: () => import("./pyramida/index.ts"),
  tabular: () => import("./tabular/index.ts"),
};

/** Edges that we send to, by kind = folder name. A configured channel of such a kind is a destination, unless its settings only receive. */
export const TARGETS: Readonly<
  Record<string, () => Promise<{ readonly target: TargetAdapter<unknown> }>>
> = {
  bank: () => import("./bank/index.ts"),
  "gis-zhkh": () => import("./gis-zhkh/index.ts"),
};
