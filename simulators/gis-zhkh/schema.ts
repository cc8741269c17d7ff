import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Service } from "./operations.ts";
import { Refusal } from "./refusal.ts";
import type { Element } from "./xml.ts";
import { copied, DECLARATIONS } from "./xml.ts";

const FILES: Readonly<Record<Service, string>> = {
  bills: "bills/hcs-bills-types.xsd",
  "home-management": "house-management/hcs-house-management-types.xsd",
};

/** Bodies against the official schemas, one after the other: xmllint reads a schema of megabytes each time. */
export class SchemaCheck {
  readonly #folder: string;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Null without the folder or without xmllint on the path. */
  static of(folder: string | undefined): SchemaCheck | null {
    const found = (process.env["PATH"] ?? "")
      .split(delimiter)
      .some((place) => existsSync(join(place, "xmllint")));
    return folder !== undefined && existsSync(folder) && found ? new SchemaCheck(folder) : null;
  }

  /** @throws Refusal FMT001301 with the first lines of what xmllint says */
  async check(service: Service, body: Element): Promise<void> {
    const mine = this.#last.then(() => validate(join(this.#folder, FILES[service]), body));
    this.#last = mine.catch(() => undefined);
    const complaint = await mine;
    if (complaint !== null) throw new Refusal("FMT001301", complaint);
  }
}

/** Checked without its signature, whose own schema is another matter. */
const NOT_CHECKED: ReadonlySet<string> = new Set(["ds:Signature"]);

async function validate(schema: string, body: Element): Promise<string | null> {
  const { xml } = copied(body, NOT_CHECKED);
  const bracket = xml.search(/[{]/);
  if (/<[{]/.test(xml)) return `чужое пространство имён: ${xml.slice(bracket, bracket + 80)}`;
  const start = xml.indexOf(body.name) + body.name.length;
  const text = xml.slice(0, start) + DECLARATIONS + xml.slice(start);
  const xmllint = spawn("xmllint", ["--nonet", "--noout", "--schema", schema, "-"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const said: Buffer[] = [];
  xmllint.stderr.on("data", (piece: Buffer) => said.push(piece));
  const code = new Promise<number | null>((resolve, reject) => {
    xmllint.once("error", reject);
    xmllint.once("close", resolve);
  });
  xmllint.stdin.end(text);
  if ((await code) === 0) return null;
  return Buffer.concat(said).toString("utf8").split("\n").slice(0, 3).join(" ");
}
