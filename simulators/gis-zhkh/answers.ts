import { randomUUID } from "node:crypto";
import type { Service } from "./operations.ts";
import { RESULT_PREFIX } from "./operations.ts";
import type { CodedError } from "./refusal.ts";
import type { Prefix, Written } from "./xml.ts";
import { DECLARATIONS, escaped, optional, tag, together } from "./xml.ts";

/** Per-object outcome, found by its TransportGUID. */
export interface ObjectOutcome {
  readonly transportGuid: string;
  readonly guid?: string;
  readonly uniqueNumber?: string;
  readonly account?: { readonly unifiedNumber: string; readonly serviceId: string };
  readonly error?: CodedError;
}

/** What a processed message holds in its getStateResult. */
export type Outcome =
  | { readonly kind: "objects"; readonly objects: readonly ObjectOutcome[] }
  | { readonly kind: "exported"; readonly content: Written }
  | { readonly kind: "error"; readonly error: CodedError };

/** Time as ГИС ЖКХ writes it: Moscow, with milliseconds and offset. */
export function moscowTime(atMs: number): string {
  return `${new Date(atMs + 3 * 3_600_000).toISOString().slice(0, -1)}+03:00`;
}

function envelope(body: Written, nowMs: number): string {
  const header = tag(
    "base:ResultHeader",
    tag("base:Date", moscowTime(nowMs)),
    tag("base:MessageGUID", randomUUID()),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope${DECLARATIONS}><soap:Header>${header.xml}</soap:Header><soap:Body>${body.xml}</soap:Body></soap:Envelope>`;
}

export function ack(messageGuid: string, requesterGuid: string, nowMs: number): string {
  const body = tag(
    "base:AckRequest",
    tag(
      "base:Ack",
      tag("base:MessageGUID", messageGuid),
      tag("base:RequesterMessageGUID", requesterGuid),
    ),
  );
  return envelope(body, nowMs);
}

/** The fault comes without a header (examples of the format). */
export function fault({ code, text }: CodedError): string {
  const detail = tag("base:Fault", tag("base:ErrorCode", code), tag("base:ErrorMessage", text));
  const faultstring = escaped(`${code}: ${text}`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/"><soap:Body><soap:Fault><faultcode>soap:Server</faultcode><faultstring>${faultstring}</faultstring><detail>${detail.xml}</detail></soap:Fault></soap:Body></soap:Envelope>`;
}

export function requestsState(processed: readonly string[], nowMs: number): string {
  const list = together(processed.map((guid) => tag("base:MessageGUIDList", guid)));
  return envelope(tag("base:getRequestsStateResult", list), nowMs);
}

/** @param outcome null while the message is in processing */
export function stateResult(
  service: Service,
  state: 1 | 2 | 3,
  messageGuid: string,
  outcome: Outcome | null,
  nowMs: number,
): string {
  const prefix = RESULT_PREFIX[service];
  const head =
    tag("base:RequestState", String(state)).xml + tag("base:MessageGUID", messageGuid).xml;
  const content = outcome === null ? "" : contentOf(outcome, prefix, nowMs);
  const name = `${prefix}:getStateResult`;
  return envelope(
    {
      xml: `<${name} Id="signed-data-container" base:version="10.0.1.1">${head}${content}</${name}>`,
    },
    nowMs,
  );
}

function contentOf(outcome: Outcome, prefix: Prefix, nowMs: number): string {
  switch (outcome.kind) {
    case "exported":
      return outcome.content.xml;
    case "error":
      return errorElement("base:ErrorMessage", outcome.error).xml;
    case "objects": {
      const updated = moscowTime(nowMs);
      // Accounts lie inside CommonResult of one ImportResult, bills are ImportResults themselves (gis-zhkh.md 3.3).
      const name = prefix === "hm" ? "hm:CommonResult" : "bills:ImportResult";
      const results = outcome.objects.map((object) => commonResult(name, object, updated).xml);
      return prefix === "hm"
        ? `<hm:ImportResult base:version="10.0.1.1">${results.join("")}</hm:ImportResult>`
        : results.join("");
    }
  }
}

function commonResult(
  name: "hm:CommonResult" | "bills:ImportResult",
  object: ObjectOutcome,
  updated: string,
): Written {
  const { error, account } = object;
  return tag(
    name,
    optional("base:GUID", object.guid),
    tag("base:TransportGUID", object.transportGuid),
    error === undefined
      ? together([
          optional("base:UniqueNumber", object.uniqueNumber),
          tag("base:UpdateDate", updated),
        ])
      : errorElement("base:Error", error),
    account === undefined
      ? undefined
      : tag(
          "hm:ImportAccount",
          tag("acc:UnifiedAccountNumber", account.unifiedNumber),
          tag("acc:ServiceID", account.serviceId),
        ),
  );
}

function errorElement(name: "base:ErrorMessage" | "base:Error", error: CodedError): Written {
  return tag(name, tag("base:ErrorCode", error.code), tag("base:Description", error.text));
}
