import type { Prefix, QName } from "./namespaces.ts";
import { NAMESPACES, prefixOf } from "./namespaces.ts";

/** What is written: a name with a prefix, attributes, and either a text or elements. */
export interface XmlElement {
  readonly name: QName;
  readonly attributes: Readonly<Record<string, string>>;
  readonly content: string | readonly XmlElement[];
}

/** A text that XML 1.0 cannot hold, or an element that would be empty (the counterpart answers 400 to both). */
export class TextError extends Error {
  override readonly name = "TextError";
  readonly element: string;
  constructor(element: string, reason: string) {
    super(`${element}: ${reason}`);
    this.element = element;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/**
 * An element with its children; a null child is an optional element that is absent.
 *
 * @throws TextError for an empty text or a character that XML forbids
 */
export function element(
  name: QName,
  content: string | readonly (XmlElement | null)[],
  attributes: Readonly<Record<string, string>> = {},
): XmlElement {
  if (typeof content !== "string") {
    return { name, attributes, content: content.filter((child) => child !== null) };
  }
  if (content === "") throw new TextError(name, "text is empty");
  if (FORBIDDEN.test(content)) throw new TextError(name, "character that XML forbids");
  return { name, attributes, content };
}

/** The element, or null where there is nothing to say: an empty element is refused with HTTP 400. */
export function optional(name: QName, text: string | null): XmlElement | null {
  return text === null || text === "" ? null : element(name, text);
}

/**
 * Writes the element as Exclusive XML Canonicalization 1.0 leaves it: a namespace is declared on the first element
 * that uses it, declarations by prefix and then attributes in order, no empty-element tags. What is signed is so a
 * part of the sent bytes, and no step between signing and sending can change it.
 *
 * @param inScope    prefixes that an ancestor declares
 * @param declaredToo prefixes written on this element although it does not use them: for Canonical XML 1.0
 *                    of a part, which repeats every declaration in scope
 */
export function serialise(
  root: XmlElement,
  inScope: ReadonlySet<Prefix> = new Set(),
  declaredToo: readonly Prefix[] = [],
): string {
  const parts: string[] = [];
  write(root, inScope, declaredToo, parts);
  return parts.join("");
}

function write(
  { name, attributes, content }: XmlElement,
  inScope: ReadonlySet<Prefix>,
  declaredToo: readonly Prefix[],
  parts: string[],
): void {
  const used = [prefixOf(name), ...declaredToo];
  for (const attribute of Object.keys(attributes)) {
    if (attribute.includes(":")) used.push(prefixOf(attribute as QName));
  }
  const declared = [...new Set(used)].filter((prefix) => !inScope.has(prefix)).sort();
  parts.push("<", name);
  for (const prefix of declared) parts.push(` xmlns:${prefix}="${NAMESPACES[prefix]}"`);
  for (const [attribute, value] of Object.entries(attributes).sort(byNamespaceThenName)) {
    parts.push(` ${attribute}="${escapedAttribute(value)}"`);
  }
  parts.push(">");
  if (typeof content === "string") parts.push(escapedText(content));
  else {
    const scope = declared.length === 0 ? inScope : new Set([...inScope, ...declared]);
    for (const child of content) write(child, scope, [], parts);
  }
  parts.push("</", name, ">");
}

/** Attributes without a namespace come first, then by namespace, then by name. */
function byNamespaceThenName([a]: [string, string], [b]: [string, string]): number {
  const left = attributeKey(a);
  const right = attributeKey(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function attributeKey(name: string): string {
  return name.includes(":") ? `${NAMESPACES[prefixOf(name as QName)]} ${name}` : ` ${name}`;
}

const TEXT_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\r": "&#xD;",
};
const ATTRIBUTE_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  '"': "&quot;",
  "\t": "&#x9;",
  "\n": "&#xA;",
  "\r": "&#xD;",
};

function escapedText(text: string): string {
  return text.replace(/[&<>\r]/g, (character) => TEXT_ENTITIES[character] ?? "");
}

function escapedAttribute(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (character) => ATTRIBUTE_ENTITIES[character] ?? "");
}
