const KEY_WEIGHTS = [7, 1, 3];
const ACCOUNT = /^\d{20}$/;
const BIC = /^\d{9}$/;

/**
 * Control key (9th digit) of a bank account (money-and-documents.md, 1.1): the bank's three digits and the account,
 * weighted 7, 1, 3, must sum to a whole ten. The three digits are the last of the БИК; for accounts that the Bank of
 * Russia itself keeps (correspondent, treasury, offices) they are 0 and digits 5–6.
 */
export function isAccountKeyValid(account: string, bic: string): boolean {
  if (!ACCOUNT.test(account) || !BIC.test(bic)) return false;
  const ofBank = bic.slice(6);
  const ofOffice = `0${bic.slice(4, 6)}`;
  const isCorrespondent = account.startsWith("301");
  const isOffice = Number(ofBank) <= 2 || /^0[01]/.test(bic) || account.startsWith("0");
  if (isCorrespondent) return isKeyed(ofOffice + account);
  return isKeyed(ofBank + account) || (isOffice && isKeyed(ofOffice + account));
}

function isKeyed(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    sum += (Number(digits[index]) * (KEY_WEIGHTS[index % 3] ?? 0)) % 10;
  }
  return sum % 10 === 0;
}

const INN_WEIGHTS = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

/** Control digits of an ИНН: one of ten digits, two of twelve (money-and-documents.md, 1.1). */
export function isInnValid(inn: string): boolean {
  if (/^\d{10}$/.test(inn)) return hasControlDigit(inn, 9);
  return /^\d{12}$/.test(inn) && hasControlDigit(inn, 10) && hasControlDigit(inn, 11);
}

/** The digit at `index` is the weighted sum of those before it, modulo 11, modulo 10. */
function hasControlDigit(inn: string, index: number): boolean {
  const weights = INN_WEIGHTS.slice(INN_WEIGHTS.length - index);
  const sum = weights.reduce((total, weight, at) => total + weight * Number(inn[at]), 0);
  return (sum % 11) % 10 === Number(inn[index]);
}
