import type { Day } from "../../normalizer/model/dates.ts";
import { dayOfCivil } from "../../normalizer/model/dates.ts";
import type { Inn } from "../../normalizer/model/ids.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { IntervalMessageHeader } from "../../normalizer/model/records.ts";
import type { FileEffect } from "../contract.ts";
import type { PyramidaProfile } from "./config.ts";
import { compareName, readFileName } from "./file-name.ts";

export type ReportProblem = (problem: Problem, outcome: FileEffect) => void;

const TIMESTAMP = /^(\d{4})(\d{2})(\d{2})([01]\d|2[0-3])[0-5]\d[0-5]\d$/;
const DAY = /^(\d{4})(\d{2})(\d{2})$/;
const NUMBER = /^\d{1,15}$/;
const CODE_LENGTH_MAX = 64;

/** Fields of the header by path, as written; one that comes twice is refused. */
export class HeaderReader {
  readonly #fileName: string;
  readonly #profile: PyramidaProfile;
  readonly #report: ReportProblem;
  readonly #fields = new Map<string, string>();

  constructor(fileName: string, profile: PyramidaProfile, report: ReportProblem) {
    this.#fileName = fileName;
    this.#profile = profile;
    this.#report = report;
  }

  set(path: string, text: string): void {
    if (this.#fields.has(path)) {
      this.#refuse("SCHEMA_INVALID", path, { reason: "элемент повторён" });
      return;
    }
    this.#fields.set(path, text.trim());
  }

  /** The class as far as it can be judged before the sender is known. */
  isClassPossible(messageClass: string): boolean {
    const { classAliases, partners } = this.#profile;
    return (
      messageClass === "80020" ||
      classAliases.includes(messageClass) ||
      Object.values(partners).some((partner) => partner.classAliases.includes(messageClass))
    );
  }

  /**
   * The header, or null when a problem has refused the file. Reports every problem that it sees.
   */
  finish(): IntervalMessageHeader | null {
    const messageClass = this.#required("message/@class");
    const version = this.#required("message/@version");
    const number = this.#number();
    const timestamp = this.#timestamp();
    const dayText = this.#required("message/datetime/day");
    const day = dayText === null ? null : this.#day(dayText);
    const senderInn = this.#senderInn();
    if (version !== null && version !== "2") {
      this.#refuse("UNSUPPORTED_VERSION", "message/@version", { version });
    }
    this.#compareName({ messageClass, senderInn, day: dayText, number });
    const known = messageClass !== null && senderInn !== null && day !== null && version === "2";
    if (!known || number === null || timestamp === null) return null;
    if (!this.#isClassEnabled(messageClass, senderInn)) {
      this.#report(classNotSupported(messageClass), "quarantined");
      return null;
    }
    return {
      messageClass,
      senderInn: senderInn as Inn,
      senderName: this.#fields.get("message/sender/name") ?? "",
      day,
      messageNumber: number,
      timestamp,
      daylightFlag: this.#daylightFlag(),
    };
  }

  /** Compares name and body as far as the body has been read; for a message that ends early. */
  compareClass(messageClass: string): void {
    this.#compareName({ messageClass, senderInn: null, day: null, number: null });
  }

  #isClassEnabled(messageClass: string, senderInn: string): boolean {
    const { classAliases, partners } = this.#profile;
    return (
      messageClass === "80020" ||
      classAliases.includes(messageClass) ||
      (partners[senderInn]?.classAliases.includes(messageClass) ?? false)
    );
  }

  #compareName(body: Parameters<typeof compareName>[1]): void {
    const name = readFileName(this.#fileName);
    if (name === null) {
      this.#report(
        { code: "FILE_NAME_UNKNOWN", at: "name", values: { name: this.#fileName } },
        "none",
      );
      return;
    }
    for (const { code, given, expected } of compareName(name, body)) {
      this.#refuse(code, "name", { given, expected });
    }
  }

  #senderInn(): string | null {
    const inn = this.#required("message/sender/inn");
    if (inn === null || inn.length <= CODE_LENGTH_MAX) return inn;
    this.#refuse("TOO_LONG", "message/sender/inn", {
      name: "inn",
      allowed: String(CODE_LENGTH_MAX),
    });
    return null;
  }

  #number(): number | null {
    const text = this.#required("message/@number");
    if (text === null || NUMBER.test(text)) return text === null ? null : Number(text);
    this.#refuse("SCHEMA_INVALID", "message/@number", { reason: `номер «${text.slice(0, 40)}»` });
    return null;
  }

  #timestamp(): string | null {
    const text = this.#required("message/datetime/timestamp");
    if (text === null) return null;
    const match = TIMESTAMP.exec(text);
    const day =
      match === null ? null : dayOfCivil(Number(match[1]), Number(match[2]), Number(match[3]));
    if (day !== null) return text;
    this.#refuse("BAD_DATE", "message/datetime/timestamp", { given: text.slice(0, 40) });
    return null;
  }

  #day(text: string): Day | null {
    const match = DAY.exec(text);
    const day =
      match === null ? null : dayOfCivil(Number(match[1]), Number(match[2]), Number(match[3]));
    if (day === null) {
      this.#refuse("BAD_DATE", "message/datetime/day", { given: text.slice(0, 40) });
    }
    return day;
  }

  #daylightFlag(): 0 | 1 | 2 | null {
    const text = this.#fields.get("message/datetime/daylightsavingtime") ?? "";
    if (text === "0" || text === "1" || text === "2") return Number(text) as 0 | 1 | 2;
    if (text !== "") {
      const at = "message/datetime/daylightsavingtime";
      this.#report({ code: "TIMEZONE_MISMATCH", at, values: { given: text.slice(0, 40) } }, "none");
    }
    return null;
  }

  #required(path: string): string | null {
    const text = this.#fields.get(path) ?? "";
    if (text !== "") return text;
    this.#refuse("MISSING_REQUIRED", path, { name: path });
    return null;
  }

  #refuse(code: ProblemCode, at: string, values: Readonly<Record<string, string>>): void {
    this.#report({ code, at, values }, "rejected");
  }
}

export function classNotSupported(messageClass: string): Problem {
  return {
    code: "CLASS_NOT_SUPPORTED",
    at: "message/@class",
    values: { class: messageClass.slice(0, 40) },
  };
}
