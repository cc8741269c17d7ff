import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import t from "tap";
import { day, formatMonth, month } from "../../normalizer/model/dates.ts";
import { kopecks, volume } from "../../normalizer/model/units.ts";
import { type FoundEncoding, paymentCode, readPaymentCode } from "./payment-code.ts";

/** The receipt of the reference: «Money and document exchange formats», section 3. */
const PAYEE = {
  name: 'АО "Учебный Энергосбыт"',
  inn: "4705111116",
  kpp: "470501001",
  address: "г Учебный",
  phone: "",
  bankAccount: "40702810200000001001",
  bankName: "УЧЕБНЫЙ БАНК",
  bic: "044599101",
  correspondentAccount: "30101810800000000101",
};
const REQUEST = {
  payee: PAYEE,
  account: {
    number: "1500012721",
    holder: "ХОЛОДОВ А. Ф.",
    address: "г Учебный, ул Сетевая, д 41, кв 21",
  },
  documentNumber: "202512-0012721",
  issuedOn: day("2025-12-31"),
  month: month("2025-12"),
  amount: kopecks(814_82),
  reading: { serial: "90012721", zone: "T1", value: volume(1350_0000) },
} as const;
const REQUIRED =
  'ST00012|Name=АО "Учебный Энергосбыт"|PersonalAcc=40702810200000001001|' +
  "BankName=УЧЕБНЫЙ БАНК|BIC=044599101|CorrespAcc=30101810800000000101";
const FULL =
  `${REQUIRED}|PayeeINN=4705111116|KPP=470501001|PersAcc=1500012721|LastName=ХОЛОДОВ|` +
  "FirstName=А|MiddleName=Ф|PayerAddress=г Учебный, ул Сетевая, д 41, кв 21|" +
  "Purpose=Электроэнергия, л/с 1500012721, 12.2025|PaymPeriod=122025|Sum=81482|" +
  "CounterId=90012721|ServiceName=T1|CounterVal=1350|DocIdx=ПД-202512-0012721|" +
  "QuittId=202512-0012721|QuittDate=31.12.2025|Category=Электроэнергия|TechCode=02";

const codeOf = (more: Partial<Parameters<typeof paymentCode>[0]>) => {
  const result = paymentCode({ ...REQUEST, ...more });
  return result.ok ? result.value : `${result.problem.code}:${result.problem.at}`;
};

t.test("the full receipt of the reference, to the character", async (t) => {
  t.equal(codeOf({}), FULL);
  t.equal(codeOf({ amount: kopecks(-1) }), FULL.replace("Sum=81482", "Sum=0"));
  t.notMatch(codeOf({ reading: null }), /Counter|ServiceName/);
});

t.test("requisites that do not fit are refused, none is cut", async (t) => {
  const payee = (more: Partial<typeof PAYEE>) => codeOf({ payee: { ...PAYEE, ...more } });
  t.match(payee({ name: "Я".repeat(160) }), /^ST00012\|Name=Я{160}\|/);
  t.equal(payee({ name: "Я".repeat(161) }), "TOO_LONG:Name");
  t.equal(payee({ name: " " }), "MISSING_REQUIRED:Name");
  t.equal(payee({ bankAccount: "4070281020000000100" }), "MISSING_REQUIRED:PersonalAcc");
  t.equal(payee({ bankAccount: "407028102000000010011" }), "TOO_LONG:PersonalAcc");
  t.equal(payee({ bankName: "Б".repeat(46) }), "TOO_LONG:BankName");
  t.equal(payee({ bic: "04459910" }), "MISSING_REQUIRED:BIC");
  t.match(payee({ correspondentAccount: "" }), /\|CorrespAcc=0\|/);
  t.notMatch(payee({ kpp: "" }), /KPP/);
  // 2331 bytes are the largest symbol of level M; what the payer knows himself goes first.
  const room = 2331 - Buffer.byteLength(FULL.replace("г Учебный, ул Сетевая, д 41, кв 21", ""));
  const address = (bytes: number) => ({ ...REQUEST.account, address: "a".repeat(bytes) });
  t.equal(Buffer.byteLength(codeOf({ account: address(room) })), 2331);
  t.notMatch(codeOf({ account: address(room + 1) }), /PayerAddress|LastName|FirstName/);
  t.equal(codeOf({ documentNumber: "1".repeat(2331) }), "TOO_LONG:QR");
});

t.test("a separator that a value holds is not the separator", async (t) => {
  const account = {
    ...REQUEST.account,
    address: "д. 1|2",
    holder: 'ТСЖ "Мир | труд"\nи дом ~ сад',
  };
  const code = codeOf({ account });
  t.equal(code.slice(0, 8), "ST00012^");
  const read = readPaymentCode(code, "utf-8");
  t.equal(read.ok && read.value.fields.get("payeraddress"), "д. 1|2");
  t.equal(read.ok && read.value.fields.get("lastname"), 'ТСЖ "Мир | труд" и дом ~ сад');
});

const verdict = (text: string, encoding: FoundEncoding = "utf-8"): string => {
  const read = readPaymentCode(text, encoding);
  const problems = read.ok ? read.value.warnings : read.problem;
  const codes = problems.map(({ code, at }) => `${code}:${at}`).join(" ");
  return `${read.ok ? "read" : "refused"} ${codes}`.trim();
};

t.test("what the reader says of each defect (section 3)", async (t) => {
  const cases: readonly (readonly [text: string, says: string, encoding?: FoundEncoding])[] = [
    [REQUIRED, "read"],
    [FULL, "read"],
    ["", "refused NOT_ST:0"],
    ["BCD\n002", "refused NOT_ST:0"],
    ["ST00012", "refused TRUNCATED:7"],
    [REQUIRED.replace("ST0001", "ST0002"), "refused UNSUPPORTED_VERSION:2"],
    [FULL.slice(0, FULL.indexOf("=02")), `refused TRUNCATED:${FULL.indexOf("TechCode")}`],
    [REQUIRED.replace("|BIC=044599101", ""), "refused MISSING_REQUIRED:BIC"],
    [
      REQUIRED.replace("BIC=044599101", "BIC=44599101").replace("Name=АО", "Name1=АО"),
      "refused MISSING_REQUIRED:Name MISSING_REQUIRED:BIC",
    ],
    [REQUIRED.replace("BIC=", "BIC=0"), "refused TOO_LONG:BIC"],
    [`${REQUIRED}|Purpose=${"п".repeat(211)}`, "refused TOO_LONG:Purpose"],
    [`${REQUIRED}|Sum=814.82`, "refused BAD_AMOUNT:Sum"],
    [`${REQUIRED}|Sum=`, "refused BAD_AMOUNT:Sum"],
    [`${REQUIRED}|Sum=-1`, "refused BAD_AMOUNT:Sum"],
    [`${REQUIRED}|Sum=1${"0".repeat(18)}`, "refused BAD_AMOUNT:Sum"],
    [`${REQUIRED}|Sum=1${"0".repeat(17)}`, "refused AMOUNT_TOO_LARGE:Sum"],
    [`${REQUIRED}|Sum=1|sum=2`, "read DUPLICATE_ALIAS:sum"],
    [`${REQUIRED}|`, `read TRAILING_SEPARATOR:${REQUIRED.length}`],
    [`${REQUIRED}|Purpose=a=b=c`, "read"],
    [REQUIRED.replace("ST00012", "ST00011"), "read ENCODING_MISMATCH:6"],
    [REQUIRED.replace("ST00012", "ST00011"), "read", "windows-1251"],
    [REQUIRED.replace("ST00012", "ST00013"), "read", "koi8-r"],
    [REQUIRED.replace("ST00012", "ST00019"), "read ENCODING_MISMATCH:6"],
    [
      REQUIRED.replace(
        "BIC=044599101|CorrespAcc=30101810800000000101",
        "CorrespAcc=0|BIC=044599101",
      ),
      "read REQUIRED_ORDER:8",
    ],
    [REQUIRED.replace("PersonalAcc", "personalACC"), "read"],
  ];
  for (const [text, says, encoding] of cases) t.equal(verdict(text, encoding), says, text);
});

t.test("months are read in the forms that receipts carry, sums as kopecks", async (t) => {
  const read = (more: string) => {
    const result = readPaymentCode(`${REQUIRED}|${more}`, "utf-8");
    if (!result.ok) return "refused";
    const { month: of, amount } = result.value;
    return `${of === null ? "none" : formatMonth(of)} ${amount}`;
  };
  t.equal(read("PaymPeriod=122025|Sum=81482"), "2025-12 81482");
  t.equal(read("PaymPeriod=202512|Sum=0"), "2025-12 null");
  t.equal(read("PaymPeriod=12.2025|Sum=000"), "2025-12 null");
  t.equal(read("PaymPeriod=132025"), "none null");
  t.equal(read("PaymPeriod=декабрь"), "none null");
});

t.test("what is written is read again, whatever the values", async () => {
  const text = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(text, text, fc.nat(10_000_000), (holder, address, amount) => {
      const account = { number: "1500012721", holder, address };
      const code = paymentCode({ ...REQUEST, account, amount: kopecks(amount) });
      if (!code.ok) return code.problem.code === "TOO_LONG";
      const read = readPaymentCode(code.value, "utf-8");
      const shown = address.replace(/[\s\p{Cc}]+/gu, " ").trim();
      return (
        read.ok &&
        read.value.warnings.length === 0 &&
        (read.value.fields.get("payeraddress") ?? "") === shown &&
        read.value.amount === (amount === 0 ? null : amount)
      );
    }),
  );
});

const SAMPLES = "../shared/reference/money/samples/qr_samples.json";

t.test(
  "samples of the reference in three encodings",
  { skip: !existsSync(SAMPLES) && "the reference is not here" },
  async (t) => {
    const names: Readonly<Record<string, FoundEncoding>> = {
      "utf-8": "utf-8",
      cp1251: "windows-1251",
      "koi8-r": "koi8-r",
    };
    const samples = JSON.parse(readFileSync(SAMPLES, "utf8")) as {
      readonly base64: string;
      readonly text: string;
      readonly bytes: number;
      readonly encoding: string;
    }[];
    t.equal(samples.length, 4);
    for (const { base64, text, bytes, encoding } of samples) {
      const found = names[encoding];
      const given = Buffer.from(base64, "base64");
      t.equal(given.length, bytes);
      const decoded = new TextDecoder(found).decode(given);
      t.equal(decoded, text);
      t.equal(found && verdict(decoded, found), "read");
    }
    t.equal(samples[0]?.text, FULL);
  },
);
