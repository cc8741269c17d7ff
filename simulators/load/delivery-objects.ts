import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountId } from "../../normalizer/model/ids.ts";
import type {
  DocumentService,
  OutboundAccount,
  PaymentDocument,
} from "../../normalizer/model/outbound.ts";
import type { Kopecks, Price } from "../../normalizer/model/units.ts";
import { kopecks, multiplyDivideRound, price, volume } from "../../normalizer/model/units.ts";
import type { DesiredRow } from "../../normalizer/store/deliveries.ts";
import { between } from "../random.ts";

const SEED = 7;
const DAY_PRICE = price(617_000);
const NIGHT_PRICE = price(354_000);
/** Volume in 10⁻⁴ kWh · price in 10⁻⁵ ₽; a kopeck is 10⁻² ₽. */
const PER_KOPECK = 10 ** 7;
const ACCOUNTS_PER_HOUSE = 100;

/** Account and payment document of one consumer with two zones, as a projection would store them. */
export function accountRow(ordinal: number): DesiredRow {
  return {
    object: `account/${ordinal}`,
    kind: "account",
    account: ordinal as AccountId,
    needs: [],
    content: {
      ...person(ordinal),
      houseGuid: `5f6b0f0e-27c3-4a0b-9d3e-${String(Math.floor(ordinal / ACCOUNTS_PER_HOUSE)).padStart(12, "0")}`,
      closedOn: null,
    } satisfies OutboundAccount,
  };
}

export function documentRow(ordinal: number): DesiredRow {
  const number = person(ordinal).number;
  const services = [service(ordinal, "T1", DAY_PRICE), service(ordinal, "T2", NIGHT_PRICE)];
  const payable = kopecks(services.reduce((sum, { total }) => sum + total, 0));
  const debt = between(0, 9, SEED, ordinal, 3) === 0 ? kopecks(12_050) : NOTHING;
  const document: PaymentDocument = {
    number: `${number}-202603`,
    account: person(ordinal),
    executor: {
      name: "Энск-энергосбыт",
      inn: "7801001231",
      kpp: "780101001",
      address: "Энск, пр. Мира, 1",
      phone: "8 800 000-00-00",
      bankAccount: "40702810900000012345",
      bankName: "Банк",
      bic: "044525225",
      correspondentAccount: "30101810400000000225",
    },
    month: month("2026-03"),
    issuedOn: day("2026-04-01"),
    dueOn: day("2026-04-15"),
    services,
    recalculations: [],
    readings: services.map(({ zone, volume: used }) => ({
      serial: String(ordinal).padStart(10, "0"),
      zone,
      from: volume(10_000_000),
      to: volume(10_000_000 + used),
    })),
    penalty: NOTHING,
    payable,
    debt,
    advance: NOTHING,
    paid: NOTHING,
    lastPaidOn: null,
    payableWithDebt: kopecks(payable + debt),
    paymentCode: `ST00012|Name=Энск-энергосбыт|PersAcc=${number}|Sum=${payable + debt}`,
  };
  return {
    object: `payment-document/${ordinal}/2026-03`,
    kind: "payment-document",
    account: ordinal as AccountId,
    needs: [`account/${ordinal}`],
    content: document,
  };
}

const NOTHING = kopecks(0);

function person(ordinal: number) {
  return {
    number: String(1_500_000_000 + ordinal),
    holder: "Иванова Нина Викторовна",
    areaM2: `${between(28, 90, SEED, ordinal, 1)}.1`,
    residents: between(1, 5, SEED, ordinal, 2),
    address: `Энск, ул. Первая, ${Math.floor(ordinal / ACCOUNTS_PER_HOUSE) + 1}`,
    premises: String((ordinal % ACCOUNTS_PER_HOUSE) + 1),
  };
}

function service(ordinal: number, zone: "T1" | "T2", of: Price): DocumentService {
  const used = volume(between(20, 300, SEED, ordinal, zone === "T1" ? 4 : 5) * 10_000);
  const charged: Kopecks = kopecks(multiplyDivideRound(used, of, PER_KOPECK));
  return {
    name: "Электроснабжение",
    zone,
    volume: used,
    by: "M",
    use: "INDIVIDUAL",
    price: of,
    charged,
    increase: NOTHING,
    recalculated: NOTHING,
    benefit: NOTHING,
    total: charged,
  };
}
