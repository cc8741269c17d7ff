import { controlReading } from "../../normalizer/intake/reading-control.ts";
import { formatScaled, volume } from "../../normalizer/model/units.ts";
import { type Input, type Json, volumeText } from "./input.ts";

export function readingControl(input: Input): Json {
  const result = controlReading(input.text("cur"), {
    previous: input.volume("prev"),
    previousDay: input.has("prevDate") ? input.day("prevDate") : null,
    readDay: input.day("curDate"),
    today: input.has("today") ? input.day("today") : null,
    installedDay: null,
    digits: input.integer("digits"),
    decimals: input.has("decimals") ? input.integer("decimals") : null,
    ratio: input.integerOr("kt", 1),
    averageDaily: input.has("avgDaily") ? volume(input.scaled("avgDaily", 4)) : null,
    maxPowerKwE4: input.has("maxPowerKw") ? input.scaled("maxPowerKw", 4) : null,
    excessMaxE4: input.scaledOr("kMax", 4, 30_000),
  });
  return {
    status: result.status,
    code: result.code ?? "OK",
    ...(result.volume === null ? {} : { volume: volumeText(result.volume) }),
    ...(result.ratioE2 === null ? {} : { ratio: formatScaled(result.ratioE2, 2) }),
  };
}
