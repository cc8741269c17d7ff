import t from "tap";
import {
  balanceWord,
  dayText,
  durationText,
  intervalText,
  moneyText,
  monthShort,
  monthText,
  parseMoney,
  plural,
  priceText,
  sizeText,
  volumeText,
} from "./format.ts";

t.test("figures as they are written in Russia", async (t) => {
  for (const [got, want] of [
    [moneyText(0), "0,00"],
    [moneyText(5), "0,05"],
    [moneyText(-123_456), "−1\u202f234,56"],
    [moneyText(1_234_567_890), "12\u202f345\u202f678,90"],
    [volumeText(2_130_000), "213"],
    [volumeText(-506_667), "−50,6667"],
    [volumeText(12_345_000_000), "1\u202f234\u202f500"],
    [priceText(573_000), "5,73"],
    [priceText(500_000), "5,00"],
    [priceText(1_234_567), "12,34567"],
    [intervalText(1_000_000), "1"],
    [intervalText(123_456_789), "123,457"],
    [dayText("2026-01-25"), "25.01.2026"],
    [monthText("2026-05"), "май 2026"],
    [monthShort("2025-12"), "дек 25"],
    [sizeText(214), "214 Б"],
    [sizeText(1_500_000), "1,5 МБ"],
    [sizeText(2_000), "2 КБ"],
    [durationText(-1), "0 с"],
    [durationText(59), "59 с"],
    [durationText(60), "1 мин"],
    [durationText(7_199), "1 ч"],
    [durationText(86_400), "24 ч"],
    [durationText(172_800), "2 дн"],
    [balanceWord(1), "долг"],
    [balanceWord(-1), "переплата"],
    [balanceWord(0), "долга нет"],
  ] as const) {
    t.equal(got, want);
  }
  for (const [written, want] of [
    ["1116,57", 111_657],
    ["1 116.5", 111_650],
    ["1\u202f116 ₽", 111_600],
    ["0,05", 5],
    ["0", null],
    ["-5", null],
    ["1,234", null],
    ["", null],
    ["1e3", null],
  ] as const) {
    t.equal(parseMoney(written), want, written);
  }
  for (const [count, want] of [
    [1, "строка"],
    [2, "строки"],
    [5, "строк"],
    [11, "строк"],
    [14, "строк"],
    [21, "строка"],
    [104, "строки"],
  ] as const) {
    t.equal(plural(count, "строка", "строки", "строк"), want, String(count));
  }
});
