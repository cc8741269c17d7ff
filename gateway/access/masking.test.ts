import t from "tap";
import { maskName, maskParty, personalFlags } from "./masking.ts";

t.test("names are told apart, not told", async (t) => {
  for (const [name, want] of [
    ["Абрамов А. В.", "А•••••• А. В."],
    ["Дёмина Анна Сергеевна", "Д••••• А. С."],
    ["Ли Н.", "Л• Н."],
    ["  Петров  П.П. ", "П••••• П. П."],
    ["", ""],
  ] as const) {
    t.equal(maskName(name), want, name);
  }
  t.equal(maskParty("ООО «Хлебозавод № 1»"), "ООО «Хлебозавод № 1»");
  t.equal(maskParty("ИП Белов К. Ю."), "ИП Б•••• К. Ю.");
});

t.test("personal data of a raw text", async (t) => {
  const masked = (text: string): string =>
    personalFlags(text)
      .map((flag, index) => (flag ? "#" : text.charAt(index)))
      .join("");
  for (const [text, want] of [
    ["0015000127;Петров Пётр Ильич;4523", "0015000127;#################;4523"],
    ["Белов-Жуков К. Ю., кв. 5", "#################, кв. 5"],
    ["ivanova@example.ru, +7 (495) 123-45-67", "##################, ##################"],
    ["89161234567", "###########"],
    ["счёт 0015000127, прибор 011984087654321", "счёт 0015000127, прибор 011984087654321"],
    [
      '<measuringpoint code="500210000010101" name="Ввод 1">',
      '<measuringpoint code="500210000010101" name="Ввод 1">',
    ],
  ] as const) {
    t.equal(masked(text), want, text);
  }
});
