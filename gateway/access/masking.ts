/**
 * "Абрамов Алексей Викторович" → "А•••••• А. В.": enough to tell two consumers of a house apart at
 * the counter, too little to name one.
 */
export function maskName(name: string): string {
  const [surname = "", ...others] = name.trim().split(/\s+/);
  const head = surname.slice(0, 1) + "•".repeat(Math.max(0, surname.length - 1));
  const initials = others
    .flatMap((word) => word.split(".").filter((part) => part !== ""))
    .map((word) => ` ${word.slice(0, 1)}.`);
  return head + initials.join("");
}

/** A company's name is no personal data, a person's business bears the person's. */
export function maskParty(name: string): string {
  return name.startsWith("ИП ") ? `ИП ${maskName(name.slice(3))}` : name;
}

const PERSONAL = [
  // Two or three words with capitals, or a surname with initials.
  /[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?:\s[А-ЯЁ][а-яё]+){1,2}/gu,
  /[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s[А-ЯЁ]\.\s?[А-ЯЁ]\./gu,
  // Banks write in capitals; a patronymic tells a person from a company.
  /[А-ЯЁ-]{2,}\s[А-ЯЁ]{2,}\s[А-ЯЁ]+(?:ВИЧ|ВНА|ИЧНА|ОГЛЫ|КЫЗЫ)(?![А-ЯЁ])/gu,
  // Elements of one name each, as ГИС ЖКХ has them.
  /(?<=<(?:[\w-]+:)?(?:Surname|FirstName|Patronymic|SNILS|Phone)>)[^<]+/gu,
  /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  /(?:\+7|\b8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}\b/g,
];

/**
 * Which characters of a raw text are a person's name, phone or e-mail; one flag per UTF-16 unit.
 */
export function personalFlags(text: string): readonly boolean[] {
  const flags = new Array<boolean>(text.length).fill(false);
  for (const pattern of PERSONAL) {
    for (const match of text.matchAll(pattern)) {
      flags.fill(true, match.index, match.index + match[0].length);
    }
  }
  return flags;
}

/** The text with every name, phone and e-mail hidden. */
export function maskText(text: string): string {
  const flags = personalFlags(text);
  return Array.from({ length: text.length }, (_, index) =>
    flags[index] ? "•" : text.charAt(index),
  ).join("");
}
