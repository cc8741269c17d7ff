/** What ГИС ЖКХ calls with `urn:<operation>`, where, and what the body's version is (gis-zhkh.md 2 and 7). */
export interface Operation {
  readonly service: Service;
  /** `base:version` of the request; null = the request has none. */
  readonly version: string | null;
  /** A read may be repeated; what stores something must be read back after an unknown outcome. */
  readonly isRead: boolean;
}

/** Path of a service under the address. */
export const SERVICE_PATHS = {
  homeManagement: "/ext-bus-home-management-service/services/HomeManagementAsync",
  bills: "/ext-bus-bills-service/services/BillsAsync",
} as const;
export type Service = keyof typeof SERVICE_PATHS;

export const OPERATIONS = {
  importAccountData: { service: "homeManagement", version: "10.0.1.1", isRead: false },
  exportAccountData: { service: "homeManagement", version: "10.0.1.1", isRead: true },
  importPaymentDocumentData: { service: "bills", version: "11.2.0.16", isRead: false },
  exportPaymentDocumentData: { service: "bills", version: "13.1.0.1", isRead: true },
  importAcknowledgment: { service: "bills", version: "11.0.0.2", isRead: false },
  exportNotificationsOfOrderExecutionPaginal: {
    service: "bills",
    version: "11.5.0.8",
    isRead: true,
  },
} as const satisfies Record<string, Operation>;
export type OperationName = keyof typeof OPERATIONS;

export function isOperation(name: string): name is OperationName {
  return name in OPERATIONS;
}
