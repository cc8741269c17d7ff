import type { RunDetailsAnswer, RunRow } from "../../../http/schemas/runs.ts";
import { moneyText, russianNumber } from "../../format.ts";

export type Total = RunDetailsAnswer["totals"][number];
export type Sums = Total["now"];
/** Where a run stands, in the words of the trade. */
export function stateText({ state, wanted, chunks, chunksDone }: RunRow): string {
  if (state === "APPROVED") return "утверждён";
  if (state === "DISCARDED") return "отменён";
  if (chunks > 0 && chunksDone === chunks) return "рассчитан, ждёт утверждения";
  if (wanted === "PAUSE") return "приостановлен";
  if (chunks === 0) return "готовится";
  return wanted === "WORK" ? "считается" : "остановлен";
}

export const SCOPE_NAMES: Readonly<Record<string, string>> = {
  all: "все",
  private: "частный сектор",
  mkd: "МКД",
  communal: "коммунальные квартиры",
  separate: "раздельные счета",
};

export function scopeText(scope: string): string {
  return SCOPE_NAMES[scope] ?? scope.replace("district:", "район ").replace("site:", "дом ");
}

const NOTHING: Sums = { accounts: 0, lines: 0, volume: 0, amount: 0 };

export function sumOf(totals: readonly Total[], month: "now" | "before"): Sums {
  return totals.reduce((sum, total) => {
    const { lines, volume, amount } = total[month];
    // One account has lines of several kinds: their numbers of accounts do not add up.
    return {
      accounts: 0,
      lines: sum.lines + lines,
      volume: sum.volume + volume,
      amount: sum.amount + amount,
    };
  }, NOTHING);
}

/** "+12,3 %"; empty where there is nothing to compare with. */
export function changeText(now: number, before: number): string {
  if (before === 0) return "";
  const percent = ((now - before) / Math.abs(before)) * 100;
  const sign = percent > 0 ? "+" : "";
  return `${sign}${russianNumber(percent.toFixed(1))}\u00a0%`;
}

export function differenceText(kopecks: number): string {
  return kopecks > 0 ? `+${moneyText(kopecks)}` : moneyText(kopecks);
}
