import type { X509Certificate } from "node:crypto";
import { createHash, createVerify } from "node:crypto";
import type { RawElement } from "./canonical.ts";
import { canonical, elementsOf, readRaw } from "./canonical.ts";
import { Refusal } from "./refusal.ts";
import { NAMESPACES } from "./xml.ts";

const XADES = "http://uri.etsi.org/01903/v1.3.2#";
const SIGNED_ID = "signed-data-container";
const SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const FORMS: Readonly<Record<string, "inclusive" | "exclusive">> = {
  "http://www.w3.org/TR/2001/REC-xml-c14n-20010315": "inclusive",
  "http://www.w3.org/2001/10/xml-exc-c14n#": "exclusive",
};
const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

/**
 * The XAdES-BES signature of a request (gis-zhkh.md 4), with RSA in the place of ГОСТ: where it stands, what it covers,
 * both digests, the certificate and the value.
 *
 * @throws Refusal AUT011009 with what is wrong
 */
export function verifySignature(text: string, certificate: X509Certificate): void {
  const envelope = readRaw(text);
  const signedOnes = [...elementsOf(envelope)].filter(
    (each) => attributeOf(each, "Id") === SIGNED_ID,
  );
  const [request] = signedOnes;
  if (request === undefined || signedOnes.length > 1) wrong(`${SIGNED_ID}: не один элемент`);
  if (request.parent?.local !== "Body") wrong("подписано не содержимое Body");
  const signature = request.children.find((below) => typeof below !== "string");
  if (signature?.local !== "Signature" || signature.uri !== NAMESPACES.ds) {
    wrong("ds:Signature не первый элемент запроса");
  }
  const signedInfo = only(signature, NAMESPACES.ds, "SignedInfo");
  checkReferences(request, signature, signedInfo);
  checkCertificate(signature, certificate);
  const method = attributeOf(only(signedInfo, NAMESPACES.ds, "SignatureMethod"), "Algorithm");
  if (method !== RSA_SHA256) wrong(`SignatureMethod ${method}`);
  const value = Buffer.from(textOf(only(signature, NAMESPACES.ds, "SignatureValue")), "base64");
  const form = formOf(only(signedInfo, NAMESPACES.ds, "CanonicalizationMethod"));
  const verify = createVerify("sha256").update(canonical(signedInfo, form), "utf8");
  if (!verify.verify(certificate.publicKey, value)) wrong("SignatureValue");
}

function checkReferences(request: RawElement, signature: RawElement, signedInfo: RawElement): void {
  const references = all(signedInfo, NAMESPACES.ds, "Reference");
  const properties = only(signature, XADES, "SignedProperties");
  for (const [target, type] of [
    [request, undefined],
    [properties, SIGNED_PROPERTIES],
  ] as const) {
    const id = attributeOf(target, "Id") ?? "";
    const reference = references.find((each) => attributeOf(each, "URI") === `#${id}`);
    if (reference === undefined || attributeOf(reference, "Type") !== type) {
      wrong(`нет Reference на #${id}`);
    }
    const transforms = all(reference, NAMESPACES.ds, "Transform");
    const isEnveloped = transforms.some((each) => attributeOf(each, "Algorithm") === ENVELOPED);
    const forms = transforms
      .filter((each) => attributeOf(each, "Algorithm") !== ENVELOPED)
      .map(formOf);
    const text = canonical(target, forms.at(-1) ?? "inclusive", isEnveloped ? signature : null);
    checkDigest(reference, Buffer.from(text, "utf8"), `#${id}`);
  }
}

function checkCertificate(signature: RawElement, certificate: X509Certificate): void {
  const given = textOf(only(signature, NAMESPACES.ds, "X509Certificate")).replaceAll(/\s/g, "");
  if (given !== certificate.raw.toString("base64")) wrong("X509Certificate");
  checkDigest(only(signature, XADES, "CertDigest"), certificate.raw, "CertDigest");
  const serial = textOf(only(signature, NAMESPACES.ds, "X509SerialNumber"));
  if (serial !== BigInt(`0x${certificate.serialNumber}`).toString()) wrong("X509SerialNumber");
}

function checkDigest(of: RawElement, bytes: Uint8Array, what: string): void {
  const algorithm = attributeOf(only(of, NAMESPACES.ds, "DigestMethod"), "Algorithm");
  if (algorithm !== SHA256) wrong(`DigestMethod ${algorithm}`);
  const digest = createHash("sha256").update(bytes).digest("base64");
  if (textOf(only(of, NAMESPACES.ds, "DigestValue")) !== digest) wrong(`DigestValue ${what}`);
}

function formOf(element: RawElement): "inclusive" | "exclusive" {
  const algorithm = attributeOf(element, "Algorithm") ?? "";
  return FORMS[algorithm] ?? wrong(`Algorithm ${algorithm}`);
}

function all(under: RawElement, uri: string, local: string): readonly RawElement[] {
  return [...elementsOf(under)].filter((each) => each.uri === uri && each.local === local);
}

function only(under: RawElement, uri: string, local: string): RawElement {
  const [found, ...more] = all(under, uri, local);
  if (found === undefined || more.length > 0) wrong(`${local}: не один элемент`);
  return found;
}

function attributeOf(element: RawElement, attribute: string): string | undefined {
  return element.attributes.find(({ qualifiedName }) => qualifiedName === attribute)?.value;
}

function textOf(element: RawElement): string {
  return element.children.filter((below) => typeof below === "string").join("");
}

function wrong(cause: string): never {
  throw new Refusal("AUT011009", cause);
}
