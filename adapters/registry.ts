import type { SourceAdapter } from "./contract.ts";

/**
 * Edges that send to us, by kind = folder name; one is loaded when a channel of its kind is used.
 */
export const SOURCES: Readonly<
  Record<string, () => Promise<{ readonly adapter: SourceAdapter<unknown, unknown> }>>
> = {
  pyramida: () => import("./pyramida/index.ts"),
  tabular: () => import("./tabular/index.ts"),
};
