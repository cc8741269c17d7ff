/** What may be posted where, with the limits of gis-zhkh.md 7. The simulator's own table: it must not learn them from us. */
export interface Operation {
  readonly name: string;
  readonly service: Service;
  readonly request: string;
  /** Allowed values of base:version; null = the element has neither version, Id nor signature. */
  readonly versions: readonly string[] | null;
  /** How often an element may stand in the request. */
  readonly limits: Readonly<Record<string, number>>;
  readonly kind: "import" | "export" | "state";
}

export type Service = "bills" | "home-management";

export const PATHS: Readonly<Record<Service, string>> = {
  bills: "/ext-bus-bills-service/services/BillsAsync",
  "home-management": "/ext-bus-home-management-service/services/HomeManagementAsync",
};

/** Namespace prefix of the service's own getStateResult. */
export const RESULT_PREFIX: Readonly<Record<Service, "bills" | "hm">> = {
  bills: "bills",
  "home-management": "hm",
};

const getState = (service: Service): Operation => ({
  name: "getState",
  service,
  request: "base:getStateRequest",
  versions: null,
  limits: { "base:MessageGUID": 1 },
  kind: "state",
});

export const OPERATIONS: readonly Operation[] = [
  {
    name: "importAccountData",
    service: "home-management",
    request: "hm:importAccountRequest",
    versions: ["10.0.1.1"],
    limits: { "hm:Account": 100 },
    kind: "import",
  },
  {
    name: "exportAccountData",
    service: "home-management",
    request: "hm:exportAccountRequest",
    versions: ["10.0.1.1"],
    limits: { "hm:AccountGUID": 1000, "acc:UnifiedAccountNumber": 1000, "acc:ServiceID": 1000 },
    kind: "export",
  },
  getState("home-management"),
  {
    name: "importPaymentDocumentData",
    service: "bills",
    request: "bills:importPaymentDocumentRequest",
    versions: ["11.2.0.16"],
    limits: { "bills:PaymentDocument": 500, "bills:WithdrawPaymentDocument": 1000 },
    kind: "import",
  },
  {
    name: "exportPaymentDocumentData",
    service: "bills",
    request: "bills:exportPaymentDocumentRequest",
    versions: ["11.2.0.10", "12.2.0.1", "13.1.0.1"],
    limits: {
      "bb:PaymentDocumentID": 1000,
      "acc:UnifiedAccountNumber": 1000,
      "acc:AccountNumber": 1000,
      "bb:PaymentDocumentNumber": 1000,
      "acc:ServiceID": 1000,
      "bills:AccountGUID": 1000,
    },
    kind: "export",
  },
  {
    name: "exportNotificationsOfOrderExecutionPaginal",
    service: "bills",
    request: "bills:exportNotificationsOfOrderExecutionPaginalRequest",
    versions: ["11.5.0.8", "13.1.8.1"],
    limits: {},
    kind: "export",
  },
  {
    name: "importAcknowledgment",
    service: "bills",
    request: "bills:importAcknowledgmentRequest",
    versions: ["11.0.0.2"],
    limits: { "bills:AcknowledgmentRequestInfo": 100, "bills:AckCancellation": 100 },
    kind: "import",
  },
  getState("bills"),
  {
    name: "getRequestsState",
    service: "bills",
    request: "base:getRequestsStateRequest",
    versions: null,
    limits: { "base:MessageGUIDList": 10_000 },
    kind: "state",
  },
];
