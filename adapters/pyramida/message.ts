import type { Problem } from "../../normalizer/model/problems.ts";
import type { IntervalMessageHeader } from "../../normalizer/model/records.ts";
import type { Parsed } from "../contract.ts";
import type { Area, Owner } from "./channel.ts";
import { ChannelReader, codeProblems } from "./channel.ts";
import type { PyramidaProfile } from "./config.ts";
import { classNotSupported, HeaderReader } from "./header.ts";
import { Refusal } from "./refusal.ts";
import type { ScanTarget } from "./scan.ts";

type Attributes = Readonly<Record<string, string>>;

/**
 * Children by element; `datetime`, `sender` and `area` are read by name, never by position
 * (metering.md 1.1).
 */
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  "": ["message"],
  message: ["comment", "datetime", "sender", "area"],
  datetime: ["timestamp", "daylightsavingtime", "day"],
  sender: ["inn", "name"],
  area: [
    "inn",
    "name",
    "measuringpoint",
    "accountpoint",
    "deliverypoint",
    "deliverygroup",
    "peretok",
  ],
  measuringpoint: ["measuringchannel"],
  accountpoint: ["measuringchannel"],
  deliverypoint: ["measuringchannel"],
  measuringchannel: ["period"],
  deliverygroup: ["period"],
  peretok: ["period"],
  period: ["value"],
};

const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  message: ["class", "version", "number"],
  area: ["timezone"],
  measuringpoint: ["code", "name"],
  accountpoint: ["code", "name"],
  deliverypoint: ["code", "name"],
  deliverygroup: ["code", "name"],
  peretok: ["name", "codefrom", "codeto"],
  measuringchannel: ["code", "desc"],
  period: ["start", "end", "summer"],
  // The programs that read the format spell one attribute both ways.
  value: [
    "status",
    "errofmeasuring",
    "exstendedstatus",
    "extendedstatus",
    "param1",
    "param2",
    "param3",
  ],
};

const HOLDS_TEXT = new Set([
  "comment",
  "timestamp",
  "daylightsavingtime",
  "day",
  "inn",
  "name",
  "value",
]);
const HOLDS_PERIODS = new Set(["measuringchannel", "deliverygroup", "peretok"]);
const UNKNOWN = "?";
const WARNINGS_MAX = 200;

interface OpenPeriod {
  readonly attributes: Attributes;
  readonly at: number;
  values: number;
  status: string | undefined;
  text: string | null;
}

/**
 * Turns the elements of one 80020 message into `Parsed`, without holding more than the open
 * channel.
 */
export class MessageReader implements ScanTarget {
  /** What has been read and not yet been taken. */
  parsed: Parsed[] = [];
  takesPeriods = false;

  readonly #profile: PyramidaProfile;
  readonly #headerReader: HeaderReader;
  /** Lower-case names of the open elements; UNKNOWN for what the format does not have. */
  readonly #stack: string[] = [];
  readonly #warned = new Set<string>();
  #text = "";
  #header: IntervalMessageHeader | null | undefined;
  #sawDatetime = false;
  #sawSender = false;
  #area: Area | null = null;
  #owner: Owner | null = null;
  #channel: ChannelReader | null = null;
  #period: OpenPeriod | null = null;
  /** Channels whose area or header comes after them in the document. */
  #held: { readonly channel: ChannelReader; readonly area: Area }[] = [];
  #records = 0;

  constructor(fileName: string, profile: PyramidaProfile) {
    this.#profile = profile;
    this.#headerReader = new HeaderReader(fileName, profile, (problem, outcome) => {
      this.parsed.push({ kind: "problem", problem, outcome });
    });
  }

  open(given: string, attributes: Attributes, at: number): void {
    const parent = this.#stack.at(-1) ?? "";
    const name = this.#nameIn(parent, given);
    if (name === UNKNOWN) {
      if (parent === "") throw new Refusal({ code: "FORMAT_UNKNOWN", at: given }, "quarantined");
      if (parent !== UNKNOWN) this.#warn("UNKNOWN_FIELD", `${this.#stack.join("/")}/${given}`);
    } else {
      this.#noteUnknownAttributes(name, attributes);
      this.#begin(name, attributes, at);
    }
    this.#stack.push(name);
    this.takesPeriods = HOLDS_PERIODS.has(name);
    this.#text = "";
  }

  text(text: string): void {
    const name = this.#stack.at(-1) ?? "";
    if (HOLDS_TEXT.has(name)) this.#text += text;
    else if (name !== UNKNOWN && name !== "" && /[^ \t\r\n]/.test(text)) {
      this.#warn("UNKNOWN_FIELD", `${this.#stack.join("/")}/text()`);
    }
  }

  close(): void {
    const path = this.#stack.join("/");
    const name = this.#stack.pop() ?? "";
    if (name !== UNKNOWN) this.#finish(name, path);
    this.takesPeriods = HOLDS_PERIODS.has(this.#stack.at(-1) ?? "");
    this.#text = "";
  }

  period(start: string, end: string, status: string | undefined, value: string, at: number): void {
    this.#channel?.addPeriod({ start, end }, status, value, at);
  }

  /** After the last element: what the document as a whole lacks. */
  end(): void {
    if (this.#header === undefined) this.#finishHeader();
    if (this.#header !== null && this.#records === 0) {
      const problem: Problem = { code: "NO_RECORDS", at: "message" };
      this.parsed.push({ kind: "problem", problem, outcome: "rejected" });
    }
  }

  #nameIn(parent: string, given: string): string {
    const known = CHILDREN[parent];
    if (known === undefined) return UNKNOWN;
    if (known.includes(given)) return given;
    const name = given.toLowerCase();
    if (!known.includes(name)) return UNKNOWN;
    this.#warn("ELEMENT_NAME_CASE", given);
    return name;
  }

  #noteUnknownAttributes(name: string, attributes: Attributes): void {
    for (const attribute in attributes) {
      if (ATTRIBUTES[name]?.includes(attribute)) continue;
      this.#warn("UNKNOWN_FIELD", `${[...this.#stack, name].join("/")}/@${attribute}`);
    }
  }

  #warn(code: "UNKNOWN_FIELD" | "ELEMENT_NAME_CASE", name: string): void {
    const key = `${code} ${name}`;
    // Each name once: a field of every period would fill the list with itself.
    if (this.#warned.has(key) || this.#warned.size >= WARNINGS_MAX) return;
    this.#warned.add(key);
    const at = name.slice(0, 200);
    this.parsed.push({
      kind: "problem",
      problem: { code, at, values: { name: at } },
      outcome: "none",
    });
  }

  #begin(name: string, attributes: Attributes, at: number): void {
    switch (name) {
      case "message":
        this.#beginMessage(attributes);
        break;
      case "area":
        this.#area = { inn: null, timezone: ownAttribute(attributes["timezone"]) };
        break;
      case "measuringpoint":
      case "accountpoint":
      case "deliverypoint":
        this.#owner = ownerOf("point", attributes, at);
        break;
      case "deliverygroup":
        this.#owner = ownerOf("group", attributes, at);
        this.#beginChannel("group", [], at);
        break;
      case "peretok":
        this.#owner = flowOf(attributes, at);
        this.#beginChannel("peretok", [], at);
        break;
      case "measuringchannel": {
        const problems = codeProblems(attributes["code"], "measuringchannel/@code", at);
        this.#beginChannel(ownText(attributes["code"] ?? ""), problems, at);
        break;
      }
      case "period":
        this.#period = { attributes, at, values: 0, status: undefined, text: null };
        break;
      case "value":
        this.#beginValue(attributes);
        break;
    }
  }

  #beginMessage(attributes: Attributes): void {
    for (const attribute of ["class", "version", "number"]) {
      this.#headerReader.set(`message/@${attribute}`, attributes[attribute] ?? "");
    }
    const messageClass = attributes["class"] ?? "";
    if (messageClass !== "" && !this.#headerReader.isClassPossible(messageClass)) {
      this.#headerReader.compareClass(messageClass);
      throw new Refusal(classNotSupported(messageClass), "quarantined");
    }
  }

  #beginChannel(code: string, problems: readonly Problem[], at: number): void {
    if (this.#owner === null) return;
    const sender = this.#header?.senderInn ?? "";
    const comma =
      this.#profile.decimalComma || (this.#profile.partners[sender]?.decimalComma ?? false);
    this.#channel = new ChannelReader(this.#owner, code, problems, at, comma);
  }

  #beginValue(attributes: Attributes): void {
    if (this.#period === null) return;
    this.#period.values += 1;
    this.#period.status = attributes["status"];
    const { status } = attributes;
    if (status !== undefined && status !== "0" && status !== "1") {
      this.#warn("UNKNOWN_FIELD", `value/@status=${status.slice(0, 20)}`);
    }
  }

  #finish(name: string, path: string): void {
    if (path.startsWith("message/datetime/") || path.startsWith("message/sender/")) {
      this.#headerReader.set(path, this.#text);
    } else if (path === "message/area/inn") {
      this.#finishAreaInn();
    } else if (name === "value" && this.#period !== null) {
      this.#period.text = this.#text;
    } else if (name === "period") {
      this.#finishPeriod();
    } else if (HOLDS_PERIODS.has(name)) {
      this.#finishChannel();
    } else if (name === "area") {
      this.#release(true);
      this.#area = null;
    } else if (name === "datetime" || name === "sender") {
      this.#sawDatetime ||= name === "datetime";
      this.#sawSender ||= name === "sender";
      if (this.#sawDatetime && this.#sawSender) this.#finishHeader();
    }
  }

  #finishAreaInn(): void {
    if (this.#area === null) return;
    const inn = ownText(this.#text.trim());
    // Two different owners of one area leave it without an owner: its channels are refused.
    const isFirst = this.#area.inn === null;
    this.#area.inn = inn !== "" && inn.length <= 64 && isFirst ? inn : null;
    this.#release(false);
  }

  #finishPeriod(): void {
    const period = this.#period;
    this.#period = null;
    if (period === null || this.#channel === null) return;
    this.#channel.addPeriod(period.attributes, period.status, period.text, period.at);
    if (period.values > 1) this.#channel.refuseRepeatedValue(period.at);
  }

  #finishChannel(): void {
    if (this.#channel === null || this.#area === null) return;
    this.#records += 1;
    this.#held.push({ channel: this.#channel, area: this.#area });
    this.#channel = null;
    this.#release(false);
  }

  #finishHeader(): void {
    if (this.#header !== undefined) return;
    this.#header = this.#headerReader.finish();
    if (this.#header !== null) this.parsed.push({ kind: "header", header: this.#header });
    this.#release(false);
  }

  /** Lets go what is complete; `areaEnded` = an owner that has not come by now will not come. */
  #release(areaEnded: boolean): void {
    const header = this.#header;
    if (header === undefined) return;
    if (header === null) {
      this.#held = [];
      return;
    }
    const isReady = (area: Area) => area.inn !== null || areaEnded || area !== this.#area;
    const waiting = this.#held.filter(({ area }) => !isReady(area));
    for (const { channel, area } of this.#held) {
      if (!isReady(area)) continue;
      this.parsed.push({ kind: "record", record: channel.finish(header, area) });
    }
    this.#held = waiting;
  }
}

/**
 * A text of its own: what the parser hands out may be a window into the whole block of the file,
 * and records live longer than the block.
 */
function ownText(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

function ownAttribute(text: string | undefined): string | null {
  return text === undefined ? null : ownText(text);
}

function ownerOf(of: Owner["of"], attributes: Attributes, at: number): Owner {
  const code = attributes["code"];
  return {
    of,
    code: ownText(code ?? ""),
    name: ownText(attributes["name"] ?? ""),
    problems: codeProblems(code, `${of}/@code`, at),
  };
}

function flowOf(attributes: Attributes, at: number): Owner {
  const { codefrom, codeto, name = "" } = attributes;
  return {
    of: "flow",
    code: ownText(`${codefrom ?? ""}:${codeto ?? ""}`),
    name: ownText(name),
    problems: [
      ...codeProblems(codefrom, "peretok/@codefrom", at),
      ...codeProblems(codeto, "peretok/@codeto", at),
    ],
  };
}
