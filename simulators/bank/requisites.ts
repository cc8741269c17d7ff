/** Bank of all payers; the last three digits go into the key of their accounts. */
export const PAYERS_BIC = "044500202";

/**
 * A current account of a person (40817) with its control digit, by the Bank of Russia's rule (money-and-documents.md,
 * 1.1): three digits of the bank and the account, weighted 7, 1, 3, sum to a whole ten; the ninth digit has weight 3.
 *
 * @param number of the account within the bank, up to eleven digits
 */
export function personalAccount(number: number): string {
  const tail = String(number).padStart(11, "0");
  for (let key = 0; key <= 9; key += 1) {
    const account = `40817810${key}${tail}`;
    let sum = 0;
    for (const [index, digit] of [...(PAYERS_BIC.slice(6) + account)].entries()) {
      sum += Number(digit) * (index % 3 === 0 ? 7 : index % 3 === 1 ? 1 : 3);
    }
    if (sum % 10 === 0) return account;
  }
  throw new Error(`no control digit for ${tail}`);
}
