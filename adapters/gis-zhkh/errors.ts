import type { ProblemCode } from "../../normalizer/model/problems.ts";
import type { Remedy } from "../contract.ts";

/** What a code of ГИС ЖКХ means to us. "retry" means a message built anew: the identical packet loops. */
export interface ErrorMeaning {
  readonly code: ProblemCode;
  /** Null = no failure at all. */
  readonly remedy: Remedy | null;
}

const TRANSIENT: ErrorMeaning = { code: "COUNTERPART_ERROR", remedy: "retry" };
const NO_ACCESS: ErrorMeaning = { code: "ACCESS_DENIED", remedy: "stop" };
const BAD_FORM: ErrorMeaning = { code: "FORMAT_REFUSED", remedy: "park" };
const BAD_FILE: ErrorMeaning = { code: "ATTACHMENT_REFUSED", remedy: "retry" };
const BAD_OBJECT: ErrorMeaning = { code: "OBJECT_REFUSED", remedy: "park" };
const STALE: ErrorMeaning = { code: "REFERENCE_STALE", remedy: "park" };

/** gis-zhkh.md 3.4. */
export const ERROR_CODES: Readonly<Record<string, ErrorMeaning>> = {
  EXP001000: TRANSIENT,
  EXP002001: TRANSIENT,
  EXP002002: TRANSIENT,
  EXP002003: TRANSIENT,
  INT002018: TRANSIENT,
  INT002012: { code: "NO_OBJECTS", remedy: null },
  INT002000: STALE,
  INT002013: { code: "REMOTE_MESSAGE_LOST", remedy: "unknown" },
  INT002029: { code: "COUNTERPART_MAINTENANCE", remedy: "retry" },
  INT002034: STALE,
  INT002039: BAD_OBJECT,
  AUT011000: NO_ACCESS,
  AUT011002: NO_ACCESS,
  AUT011003: NO_ACCESS,
  AUT011004: NO_ACCESS,
  AUT011005: NO_ACCESS,
  AUT011009: NO_ACCESS,
  FMT001300: BAD_FORM,
  FMT001301: BAD_FORM,
  FMT001307: BAD_FORM,
  FMT001310: BAD_FORM,
  FIL001001: BAD_FILE,
  FIL001002: BAD_FILE,
  FIL001004: BAD_FILE,
  FIL001005: BAD_FILE,
  INT004159: BAD_OBJECT,
  INT008255: BAD_OBJECT,
  SRV008203: BAD_OBJECT,
};

/** Exchange, access, format, files, and the controls of integration and services. */
const PREFIXES: Readonly<Record<string, ErrorMeaning>> = {
  EXP: TRANSIENT,
  AUT: NO_ACCESS,
  FMT: BAD_FORM,
  FIL: BAD_FILE,
  INT: BAD_OBJECT,
  SRV: BAD_OBJECT,
};

/** A code that the table lacks is classed by its prefix; any other parks, for a person to see. */
export function meaningOf(foreignCode: string): ErrorMeaning {
  return ERROR_CODES[foreignCode] ?? PREFIXES[foreignCode.slice(0, 3)] ?? BAD_OBJECT;
}

/**
 * What an HTTP status says when the body says nothing (the body is read first: 3.2).
 *
 * @param isRead a read is repeated where an import is of unknown outcome
 * @returns null for a 2xx, whose body had to say something
 */
export function meaningOfStatus(status: number, isRead: boolean): ErrorMeaning | null {
  if (status >= 200 && status < 300) return null;
  const unknown: ErrorMeaning = { code: "OUTCOME_UNKNOWN", remedy: isRead ? "retry" : "unknown" };
  switch (status) {
    case 401:
    case 403:
    case 407:
      return NO_ACCESS;
    case 413:
      return { code: "LIMIT_EXCEEDED", remedy: "park" };
    case 429:
      return { code: "COUNTERPART_BUSY", remedy: "retry" };
    default:
      return status >= 500 ? unknown : BAD_FORM;
  }
}
