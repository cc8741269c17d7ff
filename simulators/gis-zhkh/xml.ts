import { SaxesParser } from "saxes";

const GIS = "http://dom.gosuslugi.ru/schema/integration/";
/** Namespaces that messages of ГИС ЖКХ mix (gis-zhkh.md 1), by the prefix they are written with here. */
export const NAMESPACES = {
  soap: "http://schemas.xmlsoap.org/soap/envelope/",
  ds: "http://www.w3.org/2000/09/xmldsig#",
  base: `${GIS}base/`,
  acc: `${GIS}account-base/`,
  bb: `${GIS}bills-base/`,
  bills: `${GIS}bills/`,
  hm: `${GIS}house-management/`,
  nsi: `${GIS}nsi-base/`,
  pb: `${GIS}payments-base/`,
  irb: `${GIS}individual-registry-base/`,
  org: `${GIS}organizations-base/`,
} as const;
export type Prefix = keyof typeof NAMESPACES;

const PREFIX_OF = new Map<string, string>(
  Object.entries(NAMESPACES).map(([prefix, uri]) => [uri, prefix]),
);

/** An element by what it means: the sender's own prefixes are gone. */
export interface Element {
  /** `prefix:local` with a prefix of NAMESPACES; `{uri}local` for a namespace that is not there. */
  readonly name: string;
  /** By the same names; an attribute without a namespace by its local name alone. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Of an element without children: its characters, as they stand. */
  readonly text: string;
}

interface Building extends Element {
  readonly attributes: Record<string, string>;
  readonly children: Building[];
  text: string;
}

const NO_ATTRIBUTES: Record<string, string> = Object.freeze({});

/** @throws Error when the text is not well-formed XML, or has a document type */
export function readXml(text: string): Element {
  const parser = new SaxesParser({ xmlns: true, position: false });
  const stack: Building[] = [];
  let root: Building | undefined;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("doctype", () => {
    throw new Error("a document type is not taken");
  });
  parser.on("opentag", (tag) => {
    let attributes = NO_ATTRIBUTES;
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key];
      if (attribute === undefined || attribute.prefix === "xmlns" || key === "xmlns") continue;
      if (attributes === NO_ATTRIBUTES) attributes = {};
      attributes[nameOf(attribute.uri, attribute.local)] = attribute.value;
    }
    const element = { name: nameOf(tag.uri, tag.local), attributes, children: [], text: "" };
    stack.at(-1)?.children.push(element);
    root ??= element;
    stack.push(element);
  });
  const addText = (piece: string) => {
    const open = stack.at(-1);
    if (open !== undefined && open.children.length === 0) open.text += piece;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const closed = stack.pop();
    if (closed !== undefined && closed.children.length > 0) closed.text = "";
  });
  parser.write(text).close();
  if (root === undefined) throw new Error("no element");
  return root;
}

function nameOf(uri: string, local: string): string {
  if (uri === "") return local;
  const prefix = PREFIX_OF.get(uri);
  return prefix === undefined ? `{${uri}}${local}` : `${prefix}:${local}`;
}

export function child(of: Element | undefined, name: string): Element | undefined {
  return of?.children.find((candidate) => candidate.name === name);
}

export function childrenOf(of: Element | undefined, name: string): readonly Element[] {
  return of === undefined ? [] : of.children.filter((candidate) => candidate.name === name);
}

/** Text of a child, or undefined without one; steps go down from child to child. */
export function textAt(of: Element | undefined, ...steps: readonly string[]): string | undefined {
  let at = of;
  for (const step of steps) at = child(at, step);
  return at?.text;
}

/** The element under this one, or itself, whose attribute has this value. */
export function withAttribute(of: Element, name: string, value: string): Element | undefined {
  if (of.attributes[name] === value) return of;
  for (const below of of.children) {
    const found = withAttribute(below, name, value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One element written; an undefined part is left out, so an optional element never stands empty. */
export function tag(
  name: `${Prefix}:${string}`,
  ...parts: readonly (Written | string | undefined)[]
): Written {
  let inside = "";
  for (const part of parts) {
    if (part === undefined) continue;
    inside += typeof part === "string" ? escaped(part) : part.xml;
  }
  return { xml: inside === "" ? `<${name}/>` : `<${name}>${inside}</${name}>` };
}

/** XML as it is sent, apart from text that has yet to be escaped. */
export interface Written {
  readonly xml: string;
}

export function optional(name: `${Prefix}:${string}`, text: string | undefined): Written {
  return text === undefined ? { xml: "" } : tag(name, text);
}

export function together(parts: readonly Written[]): Written {
  return { xml: parts.map((part) => part.xml).join("") };
}

/** An element that was read, written again without the children that have one of these names. */
export function copied(element: Element, without: ReadonlySet<string>): Written {
  let attributes = "";
  for (const [name, value] of Object.entries(element.attributes)) {
    attributes += ` ${name}="${escaped(value)}"`;
  }
  let inside = escaped(element.text);
  for (const below of element.children) {
    if (!without.has(below.name)) inside += copied(below, without).xml;
  }
  return { xml: `<${element.name}${attributes}>${inside}</${element.name}>` };
}

export function escaped(text: string): string {
  return /[&<>"]/.test(text)
    ? text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
    : text;
}

/** Declarations of every prefix that answers use. */
export const DECLARATIONS = (Object.keys(NAMESPACES) as Prefix[])
  .map((prefix) => ` xmlns:${prefix}="${NAMESPACES[prefix]}"`)
  .join("");
