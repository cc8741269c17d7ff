import { SaxesParser } from "saxes";

/** An element of an answer. Names are local: the counterpart chooses prefixes, and the names do not clash. */
export interface XmlNode {
  readonly name: string;
  /** Text directly inside, as written. */
  text: string;
  readonly children: XmlNode[];
  /** Characters up to the end of its opening tag; places it in the message. */
  readonly at: number;
}

const DEPTH_MAX = 64;

/** The bytes are no XML that may be read: broken, with a DOCTYPE, or nested too deep. */
export class NotXmlError extends Error {
  override readonly name = "NotXmlError";
}

/**
 * Bytes of an answer to its root element.
 *
 * @throws NotXmlError
 */
export function readTree(bytes: Uint8Array): XmlNode {
  const parser = new SaxesParser({ xmlns: true });
  const open: XmlNode[] = [];
  let root: XmlNode | null = null;
  parser.on("error", (error) => {
    throw new NotXmlError(error.message);
  });
  parser.on("doctype", () => {
    throw new NotXmlError("DOCTYPE");
  });
  parser.on("opentag", ({ local }) => {
    if (open.length === DEPTH_MAX) throw new NotXmlError(`deeper than ${DEPTH_MAX}`);
    const node: XmlNode = { name: local, text: "", children: [], at: parser.position };
    open.at(-1)?.children.push(node);
    root ??= node;
    open.push(node);
  });
  const addText = (text: string) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    open.pop();
  });
  parser.write(decode(bytes)).close();
  if (root === null) throw new NotXmlError("no element");
  return root;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new NotXmlError("not UTF-8", { cause: error });
  }
}

export function child(node: XmlNode | null, name: string): XmlNode | null {
  return node?.children.find((candidate) => candidate.name === name) ?? null;
}

export function childrenOf(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((candidate) => candidate.name === name);
}

/** Text of a child, blanks cut; null when there is no such child or nothing in it. */
export function textOf(node: XmlNode | null, name: string): string | null {
  const text = child(node, name)?.text.trim() ?? "";
  return text === "" ? null : text;
}

/** The first element of that name at any depth. */
export function find(node: XmlNode, name: string): XmlNode | null {
  if (node.name === name) return node;
  for (const candidate of node.children) {
    const found = find(candidate, name);
    if (found !== null) return found;
  }
  return null;
}
