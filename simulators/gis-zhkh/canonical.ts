import { SaxesParser } from "saxes";

/** An element as it was written: with its prefixes and white space, which a signature covers. */
export interface RawElement {
  readonly qualifiedName: string;
  readonly prefix: string;
  readonly uri: string;
  readonly local: string;
  /** Declared on this element, prefix to URI; "" = the default namespace. */
  readonly declared: Readonly<Record<string, string>>;
  readonly attributes: readonly RawAttribute[];
  readonly children: readonly (RawElement | string)[];
  readonly parent: RawElement | null;
}

interface RawAttribute {
  readonly qualifiedName: string;
  readonly prefix: string;
  readonly uri: string;
  readonly local: string;
  readonly value: string;
}

interface OpenElement extends RawElement {
  readonly children: (RawElement | string)[];
}

/** @throws Error when the text is not well-formed */
export function readRaw(text: string): RawElement {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let open: OpenElement | null = null;
  const stack: (OpenElement | null)[] = [];
  let root: RawElement | null = null;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", (tag) => {
    const attributes = Object.values(tag.attributes)
      .filter(({ prefix, name }) => prefix !== "xmlns" && name !== "xmlns")
      .map(({ name, prefix, uri, local, value }) => ({
        qualifiedName: name,
        prefix,
        uri,
        local,
        value,
      }));
    const element: OpenElement = {
      qualifiedName: tag.name,
      prefix: tag.prefix,
      uri: tag.uri,
      local: tag.local,
      declared: { ...tag.ns },
      attributes,
      children: [],
      parent: open,
    };
    open?.children.push(element);
    stack.push(open);
    open = element;
    root ??= element;
  });
  parser.on("closetag", () => {
    open = stack.pop() ?? null;
  });
  parser.on("text", (piece) => void open?.children.push(piece));
  parser.on("cdata", (piece) => void open?.children.push(piece));
  parser.write(text).close();
  if (root === null) throw new Error("no element");
  return root;
}

/** Every element of the tree, this one first. */
export function* elementsOf(element: RawElement): Generator<RawElement> {
  yield element;
  for (const below of element.children) if (typeof below !== "string") yield* elementsOf(below);
}

/**
 * Canonical XML 1.0 or Exclusive XML Canonicalization 1.0 of an element, both without comments. Attributes of the
 * namespace `xml` are not inherited: no message of ГИС ЖКХ has any.
 *
 * @param without an element that is left out: the signature of an enveloped-signature transform
 * @see https://www.w3.org/TR/2001/REC-xml-c14n-20010315, https://www.w3.org/TR/xml-exc-c14n/
 */
export function canonical(
  apex: RawElement,
  form: "inclusive" | "exclusive",
  without: RawElement | null = null,
): string {
  const write = (element: RawElement, rendered: Readonly<Record<string, string>>): string => {
    const inScope = scopeOf(element);
    const prefixes =
      form === "inclusive"
        ? Object.keys(inScope)
        : [element.prefix, ...element.attributes.map(({ prefix }) => prefix).filter(Boolean)];
    const now = { ...rendered };
    const namespaces = [...new Set(prefixes)].sort(byCodePoints).map((prefix) => {
      const uri = inScope[prefix] ?? "";
      if (prefix === "xml" || (now[prefix] ?? "") === uri) return "";
      now[prefix] = uri;
      return ` xmlns${prefix === "" ? "" : `:${prefix}`}="${attributeText(uri)}"`;
    });
    const attributes = [...element.attributes]
      .sort((a, b) => byCodePoints(a.uri, b.uri) || byCodePoints(a.local, b.local))
      .map(({ qualifiedName, value }) => ` ${qualifiedName}="${attributeText(value)}"`);
    const inside = element.children.map((below) => {
      if (typeof below === "string") return characters(below);
      return below === without ? "" : write(below, now);
    });
    const name = element.qualifiedName;
    return `<${name}${namespaces.join("")}${attributes.join("")}>${inside.join("")}</${name}>`;
  };
  return write(apex, {});
}

function scopeOf(element: RawElement): Record<string, string> {
  const above = element.parent === null ? {} : scopeOf(element.parent);
  return Object.assign(above, element.declared);
}

function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function characters(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#xD;");
}

function attributeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\t", "&#x9;")
    .replaceAll("\n", "&#xA;")
    .replaceAll("\r", "&#xD;");
}
