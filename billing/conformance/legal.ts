import { documentOf } from "../businesses/document.ts";
import { oneRateLine, oneRatePrice, wholesalePrice } from "../businesses/one-rate.ts";
import { documentText } from "./documents.ts";
import type { Translator } from "./individuals.ts";
import type { Input, Json } from "./input.ts";

export const LEGAL: Readonly<Record<string, Translator>> = {
  ck1: oneRate,
  ck1_wholesale: wholesale,
};

function components(tariff: Input) {
  return {
    wholesale: tariff.exact("wholesale"),
    transmission: tariff.exact("transmission"),
    markup: tariff.exact("markup"),
    other: tariff.exact("other"),
  };
}

function oneRate(input: Input): Json {
  const tariff = components(input.at("tariff"));
  const line = oneRateLine(input.exact("kwh"), tariff, input.exact("vat"));
  return { price: oneRatePrice(tariff).toFixed(2), ...documentText(documentOf([line])) };
}

function wholesale(input: Input): Json {
  const form = input.at("form");
  const { alpha, price } = wholesalePrice({
    energyPrice: form.exact("a"),
    capacityPrice: form.exact("b"),
    peakMw: form.exact("g"),
    retailCapacityMw: form.exact("d"),
    hourlyCategoriesMw: form.exact("e"),
    populationMw: form.exact("zh"),
    boughtMwh: form.exact("z"),
    retailMwh: form.exact("i"),
    hourlyCategoriesMwh: form.exact("k"),
    populationMwh: form.exact("l"),
    pastChange: form.exact("m"),
  });
  return { alpha: alpha.toFixed(11), wholesale: price.toFixed(2) };
}
