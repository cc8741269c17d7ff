/** Roles of people, with the word that the console shows. */
export const ROLES = {
  operator: "Оператор интеграции",
  clerk: "Специалист по расчётам",
  cashier: "Кассир",
  lawyer: "Юрист",
  supervisor: "Руководитель",
  administrator: "Администратор",
} as const;

export type Role = keyof typeof ROLES;

export const EVERY_ROLE = Object.keys(ROLES) as readonly Role[];

/** Who works with consumers and may see a name in full; each look is written to the audit. */
export const REVEAL_ROLES: readonly Role[] = ["clerk", "cashier", "lawyer", "supervisor"];

/** Who watches the exchanges. */
export const EXCHANGE_ROLES: readonly Role[] = ["operator", "clerk", "supervisor", "administrator"];

/** Who mends an exchange: holds, releases, sends again, withdraws. */
export const DELIVERY_ROLES: readonly Role[] = ["operator", "supervisor"];

/** Who says for which accounts an unrecognised payment is. */
export const RECOGNITION_ROLES: readonly Role[] = ["cashier", "clerk", "supervisor"];

/** Who orders that an account's advance be sent back, and withdraws it. */
export const REFUND_ROLES: readonly Role[] = ["cashier", "clerk", "supervisor"];

/** Who approves what another person has ordered. */
export const REFUND_APPROVAL_ROLES: readonly Role[] = ["supervisor"];

/** Who says whether a doubtful reading is right. */
export const READING_CONTROL_ROLES: readonly Role[] = ["clerk", "supervisor"];

/** Who starts a billing run, pauses and discards it, and looks at what it says. */
export const RUN_ROLES: readonly Role[] = ["clerk", "supervisor"];

/** Who posts a run that another person has started. */
export const RUN_APPROVAL_ROLES: readonly Role[] = ["supervisor"];

/** Who reads the reports of a month; holders in them are masked as everywhere. */
export const REPORT_ROLES: readonly Role[] = [
  "clerk",
  "cashier",
  "lawyer",
  "supervisor",
  "administrator",
];

export function isRole(text: string): text is Role {
  return Object.hasOwn(ROLES, text);
}
