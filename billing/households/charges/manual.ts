import type { Month } from "../../../normalizer/model/dates.ts";
import { volume } from "../../../normalizer/model/units.ts";
import { ruleOf } from "../../rules.ts";
import { monthText, rubles } from "../../wording.ts";
import type { AccountContext } from "../context.ts";
import type { Charge } from "./charge.ts";

/** MANUAL lines of the month: the sums of its documents, without energy and price. */
export function manualCharges(context: AccountContext, month: Month): readonly Charge[] {
  const { amount: amountOf } = ruleOf(context.rules, "households.manual");
  return context.facts.circumstances.manual
    .filter((document) => document.month === month)
    .map((document) => {
      const amount = amountOf(document);
      return {
        rule: "households.manual" as const,
        line: {
          kind: "MANUAL" as const,
          point: 0,
          zone: "T0" as const,
          range: 1,
          tariffFrom: null,
          volume: volume(0),
          price: null,
          amount,
          vat: null,
        },
        steps: () => [
          {
            clause: "Документ поставщика",
            text: `Ручной перерасчёт за ${monthText(month)}, документ ${document.document}: ${document.ground}`,
            formula: rubles(document.amount),
            result: rubles(amount),
            sources: [{ text: `документ ${document.document}`, origin: document.origin }],
          },
        ],
      };
    });
}
