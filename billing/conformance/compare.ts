import type { Json, JsonObject } from "./input.ts";

/** Every path where the two differ: "lines[2].amount: want 945.45, got 945.46". */
export function differences(want: Json | undefined, got: Json | undefined, path = ""): string[] {
  if (Array.isArray(want) && Array.isArray(got)) {
    const length = Math.max(want.length, got.length);
    return Array.from({ length }).flatMap((_, index) =>
      differences(want[index], got[index], `${path}[${index}]`),
    );
  }
  if (isObject(want) && isObject(got)) {
    const keys = new Set([...Object.keys(want), ...Object.keys(got)]);
    return [...keys].flatMap((key) =>
      differences(want[key], got[key], path === "" ? key : `${path}.${key}`),
    );
  }
  if (want === got) return [];
  return [`${path}: want ${text(want)}, got ${text(got)}`];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
