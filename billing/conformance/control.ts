import { ControlSwitches } from "../../normalizer/intake/control-limits.ts";
import { controlReading } from "../../normalizer/intake/reading-control.ts";
import { formatScaled, volume } from "../../normalizer/model/units.ts";
import { type Input, type Json, volumeText } from "./input.ts";

/** What a supplier has that entered no switch. */
const limits = new ControlSwitches([]).defaults;

export function readingControl(input: Input): Json {
  const result = controlReading([input.text("cur")], {
    registers: [
      {
        previous: input.volume("prev"),
        averageDaily: input.has("avgDaily") ? volume(input.scaled("avgDaily", 4)) : null,
      },
    ],
    previousDay: input.has("prevDate") ? input.day("prevDate") : null,
    readDay: input.day("curDate"),
    today: input.has("today") ? input.day("today") : null,
    installedDay: null,
    digits: input.integer("digits"),
    decimals: input.has("decimals") ? input.integer("decimals") : null,
    ratio: input.integerOr("kt", 1),
    maxPowerKwE4: input.has("maxPowerKw") ? input.scaled("maxPowerKw", 4) : null,
    limits: { ...limits, excessMaxE4: input.scaledOr("kMax", 4, limits.excessMaxE4) },
    night: null,
    total: null,
    unmovedSince: null,
  });
  return {
    status: result.status,
    code: result.code ?? "OK",
    ...(result.volume === null ? {} : { volume: volumeText(result.volume) }),
    ...(result.ratioE2 === null ? {} : { ratio: formatScaled(result.ratioE2, 2) }),
  };
}
