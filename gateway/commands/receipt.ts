import { dayText, monthText, unitPrice } from "../../billing/wording.ts";
import { formatDay, formatMonth } from "../../normalizer/model/dates.ts";
import type { DocumentService, PaymentDocument } from "../../normalizer/model/outbound.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK } from "../command.ts";
import { DocumentRefusedError, paymentDocumentOf } from "../documents.ts";
import { withAccountMonth } from "./given-account.ts";
import { STORE_USAGE } from "./given-store.ts";
import { formatKwh, formatRoubles } from "./texts.ts";

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  return withAccountMonth(args, context, "receipt", "period", async (given) => {
    const { store, place, month, json } = given;
    try {
      const document = await paymentDocumentOf(store.hub, place, month);
      if (document === null) {
        const period = formatMonth(month);
        context.note(
          `По счёту ${place.number} за ${period} нет платёжного документа: ничего не начислено.`,
        );
        return EXIT_FAILED;
      }
      if (json) context.out(JSON.stringify(asJson(document)));
      else print(document, context);
      return EXIT_OK;
    } catch (error) {
      if (!(error instanceof DocumentRefusedError)) throw error;
      context.note(`Платёжный документ не составлен: ${error.message}`);
      return EXIT_FAILED;
    }
  });
}

function asJson(document: PaymentDocument) {
  return {
    ...document,
    month: formatMonth(document.month),
    issuedOn: formatDay(document.issuedOn),
    dueOn: formatDay(document.dueOn),
    lastPaidOn: document.lastPaidOn === null ? null : formatDay(document.lastPaidOn),
    recalculations: document.recalculations.map((item) => ({
      ...item,
      origin: formatMonth(item.origin),
    })),
  };
}

function print(document: PaymentDocument, context: CommandContext): void {
  for (const text of documentTexts(document)) context.out(text);
}

function documentTexts(document: PaymentDocument): readonly string[] {
  const { account, executor } = document;
  return [
    `Платёжный документ ${document.number} за ${monthText(document.month)}`,
    `Плательщик: ${account.holder}, лицевой счёт ${account.number}`,
    `Адрес: ${account.address}, ${account.premises}; площадь ${account.areaM2.replace(".", ",")} м²` +
      (account.residents === null ? "" : `, проживает ${account.residents}`),
    `Исполнитель: ${executor.name}, ИНН ${executor.inn}` +
      (executor.kpp === "" ? "" : `, КПП ${executor.kpp}`),
    `  ${executor.address}${executor.phone === "" ? "" : `, тел. ${executor.phone}`}`,
    `Получатель: р/с ${executor.bankAccount}, ${executor.bankName}, БИК ${executor.bic}, ` +
      `к/с ${executor.correspondentAccount}`,
    "",
    ...document.services.flatMap(serviceTexts),
    ...document.recalculations.map(
      ({ origin, ground, amount }) =>
        `Перерасчёт за ${monthText(origin)}, ${ground}: ${formatRoubles(amount)}`,
    ),
    ...document.readings.map(
      ({ serial, zone, from, to }) =>
        `Прибор ${serial}${zone === "T0" ? "" : `, ${zone}`}: ` +
        `${from === null ? "" : `${formatKwh(from)} → `}${formatKwh(to)}`,
    ),
    "",
    ...(document.penalty === 0 ? [] : [`Пени: ${formatRoubles(document.penalty)}`]),
    `Начислено за месяц: ${formatRoubles(document.payable)}`,
    `Долг за прошлые периоды: ${formatRoubles(document.debt)}`,
    `Аванс: ${formatRoubles(document.advance)}`,
    `Оплачено за месяц: ${formatRoubles(document.paid)}` +
      (document.lastPaidOn === null ? "" : `, последний платёж ${dayText(document.lastPaidOn)}`),
    `К оплате до ${dayText(document.dueOn)}: ${formatRoubles(Math.max(document.payableWithDebt, 0))}`,
    ...(document.payableWithDebt < 0
      ? [`Переплата: ${formatRoubles(-document.payableWithDebt)}`]
      : []),
    "",
    document.paymentCode,
  ];
}

const METHODS: Readonly<Record<DocumentService["by"], string>> = {
  M: "по прибору учёта",
  N: "по нормативу",
  O: "расчётный способ",
};

function serviceTexts(service: DocumentService): readonly string[] {
  const parts: readonly (readonly [name: string, amount: number])[] = [
    ["повышающий коэффициент", service.increase],
    ["перерасчёты", service.recalculated],
    ["льготы", service.benefit],
  ];
  return [
    `${service.name}, ${METHODS[service.by]}: ${formatKwh(service.volume)} × ` +
      `${unitPrice(service.price)} = ${formatRoubles(service.charged)}`,
    ...parts.flatMap(([name, amount]) =>
      amount === 0 ? [] : [`  ${name}: ${formatRoubles(amount)}`],
    ),
    ...(service.total === service.charged ? [] : [`  итого: ${formatRoubles(service.total)}`]),
  ];
}

export const command: Command = {
  name: "receipt",
  summary: "Показать платёжный документ счёта за месяц со строкой QR-кода",
  usage: `ЛИЦЕВОЙ_СЧЁТ --period ГГГГ-ММ\n${STORE_USAGE}`,
  run,
};
