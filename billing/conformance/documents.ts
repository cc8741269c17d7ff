import type { BusinessDocument, BusinessLine } from "../businesses/document.ts";
import type { Exact } from "../exact.ts";
import type { Json } from "./input.ts";

export function moneyOf(value: Exact): string {
  return value.toFixed(2);
}

export function lineText(line: BusinessLine): { readonly [key: string]: Json } {
  return {
    line: line.line,
    qty: line.quantity.toFixed(line.decimals),
    unit: line.unit,
    price: line.price === null ? null : line.price.toFixed(2),
    net: moneyOf(line.net),
    vat: moneyOf(line.vat),
    gross: moneyOf(line.gross),
  };
}

/** `lines[…], net, vat, gross` beside the keys of the kind. */
export function documentText(document: BusinessDocument): { readonly [key: string]: Json } {
  return {
    lines: document.lines.map(lineText),
    net: moneyOf(document.net),
    vat: moneyOf(document.vat),
    gross: moneyOf(document.gross),
  };
}
