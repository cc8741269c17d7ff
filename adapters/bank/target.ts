import type { OutboundPaymentOrder } from "../../normalizer/model/outbound.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { EncodedBatch, OpenTarget, OutboundObject, TargetAdapter } from "../contract.ts";
import { DeliveryError } from "../contract.ts";
import type { BankConfig } from "./config.ts";
import { BankConfigSchema, DEFAULT_SENDER, DEFAULT_TIME_ZONE } from "./config.ts";
import { encode, faultOf } from "./encode.ts";
import { OutFolder } from "./out-folder.ts";

/** Payment orders to the bank, as a file for its client program. */
export const target: TargetAdapter<BankConfig> = {
  kind: "bank",
  configSchema: BankConfigSchema,
  objects: { "payment-order": { batchMax: 100 } },
  // A file that stands in the folder is the result; there is nothing to poll.
  pollDelaysMs: [60_000],
  giveUpMs: 60_000,
  // Two channels of one organisation would pay each order twice.
  onePerOrganisation: true,
  isOut: ({ ordersFolder }) => ordersFolder !== undefined,
  open: async (config) => {
    invariant(config.ordersFolder !== undefined, "a bank's channel without a folder for orders");
    return openTarget(config, await OutFolder.open(config.ordersFolder));
  },
};

function openTarget(config: BankConfig, folder: OutFolder): OpenTarget {
  return {
    encode: async (_kind, objects, message) => encodeOrders(objects, message.atMs, config),
    send: async (batch) => {
      const name = fileName(batch.messageId);
      const keys = batch.objects.map(({ key }) => key);
      await folder.put({ name, bytes: batch.bytes, keys });
      const results = keys.map(
        (key) => ({ key, outcome: "accepted", foreignIds: { file: name } }) as const,
      );
      return { kind: "results", results, bytes: Buffer.from(name) };
    },
    findDelivered: async (_kind, objects) => {
      const files = await folder.find(new Set(objects.map(({ key }) => key)));
      return new Map([...files].map(([key, file]) => [key, { file }]));
    },
    close: () => Promise.resolve(),
  };
}

/** The message's id makes the name: the same message is the same file. */
function fileName(messageId: string): string {
  return `1c_to_kl_${messageId.replace(/[^A-Za-z0-9-]/g, "-")}.txt`;
}

function encodeOrders(
  objects: readonly OutboundObject[],
  atMs: number,
  config: BankConfig,
): EncodedBatch {
  refuseFaulty(objects);
  const orders = objects.map(orderOf);
  const { date, time } = localTime(atMs, config.timeZone ?? DEFAULT_TIME_ZONE);
  const sender = config.sender ?? DEFAULT_SENDER;
  const bytes = encode({ orders, sender, createdOn: date, createdAt: time });
  return { operation: "1c_to_kl", bytes };
}

function refuseFaulty(objects: readonly OutboundObject[]): void {
  for (const object of objects) {
    const order = orderOf(object);
    const keys = [object.key];
    // A second file would pay a second time; the bank knows no replacement.
    if (object.foreignIds["file"] !== undefined) {
      const text = `Поручение № ${order.number} уже передано файлом ${object.foreignIds["file"]}: отзовите его в банке`;
      throw new DeliveryError("OBJECT_REFUSED", "park", text, { keys });
    }
    const fault = faultOf(order);
    if (fault !== null) {
      const text = `Поручение № ${order.number}: ${fault.text}`;
      throw new DeliveryError(fault.code, "park", text, { keys });
    }
  }
}

function orderOf(object: OutboundObject): OutboundPaymentOrder {
  return object.content as OutboundPaymentOrder;
}

function localTime(
  atMs: number,
  timeZone: string,
): { readonly date: string; readonly time: string } {
  const instant = new Date(atMs);
  const date = instant.toLocaleDateString("ru-RU", {
    ...{ timeZone, day: "2-digit", month: "2-digit", year: "numeric" },
  });
  return { date, time: instant.toLocaleTimeString("ru-RU", { timeZone, hourCycle: "h23" }) };
}
