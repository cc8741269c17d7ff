import { formatScaled, VOLUME_SCALE } from "../../../../normalizer/model/units.ts";
import type { HeldReadingsAnswer } from "../../../http/schemas/readings.ts";
import { russianNumber } from "../../format.ts";

export type HeldRow = HeldReadingsAnswer["readings"][number];

export const keyOf = ({ message, at }: HeldRow): string => `${message}:${at}`;

/** Whose meter it is; a common one is of no account. */
export const ownerText = ({ account }: HeldRow): string => account ?? "общий прибор";

/** Register states as on the display, by zone. */
export const givenText = ({ given }: HeldRow): string =>
  given.map(({ text }) => text.replace(".", ",")).join(" / ");

export const previousText = ({ previous }: HeldRow): string =>
  (previous?.values ?? [])
    .map((value) => formatScaled(value, VOLUME_SCALE).replace(".", ","))
    .join(" / ");

/** How many times the usual: 4600000 of 1500000 → "3,07"; empty where nothing is usual. */
export function ratioText({ volume, expected }: HeldRow): string {
  if (volume === null || expected === null || expected === 0) return "";
  return russianNumber((volume / expected).toFixed(2));
}
