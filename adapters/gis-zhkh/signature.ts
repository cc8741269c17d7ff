import { instant, SIGNED_ID } from "./envelope.ts";
import { uuidV5 } from "./guid.ts";
import type { Prefix } from "./namespaces.ts";
import { prefixOf } from "./namespaces.ts";
import type { Signer } from "./signer.ts";
import type { XmlElement } from "./xml.ts";
import { element, serialise } from "./xml.ts";

const C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";

/**
 * The request element with an enveloped XAdES-BES signature as its first child (gis-zhkh.md 4). The element's
 * own digest is of its exclusive canonical form, the rest is digested inclusively: as a part of the message that
 * `envelope` writes, where the prefixes of Envelope, request and Signature are in scope.
 *
 * @param message its id makes the ids of the signature, so that the same input is signed alike
 */
export async function signed(
  request: XmlElement,
  message: { readonly id: string; readonly atMs: number },
  signer: Signer,
): Promise<XmlElement> {
  if (typeof request.content === "string") throw new Error(`${request.name} has a text`);
  const id = `xmldsig-${uuidV5(message.id, "signature")}`;
  const method = element("ds:DigestMethod", [], { Algorithm: signer.digestAlgorithm });
  const inScope: Prefix[] = ["soap", prefixOf(request.name), "base", "ds"];

  const properties = await signedProperties(id, message.atMs, method, signer);
  const inQualifying: Prefix[] = [...inScope, "xades"];
  const signedInfo = element("ds:SignedInfo", [
    element("ds:CanonicalizationMethod", [], { Algorithm: C14N }),
    element("ds:SignatureMethod", [], { Algorithm: signer.signatureAlgorithm }),
    element(
      "ds:Reference",
      [
        element("ds:Transforms", [
          element("ds:Transform", [], { Algorithm: ENVELOPED }),
          element("ds:Transform", [], { Algorithm: EXCLUSIVE_C14N }),
        ]),
        method,
        element("ds:DigestValue", await digest(serialise(request), signer)),
      ],
      { Id: `${id}-ref0`, URI: `#${SIGNED_ID}` },
    ),
    element(
      "ds:Reference",
      [
        method,
        element(
          "ds:DigestValue",
          await digest(serialise(properties, new Set(), inQualifying), signer),
        ),
      ],
      { Type: SIGNED_PROPERTIES, URI: `#${id}-signedprops` },
    ),
  ]);
  const value = await signer.sign(utf8(serialise(signedInfo, new Set(), inScope)));
  const signature = element(
    "ds:Signature",
    [
      signedInfo,
      element("ds:SignatureValue", base64(value), { Id: `${id}-sigvalue` }),
      element("ds:KeyInfo", [
        element("ds:X509Data", [element("ds:X509Certificate", base64(signer.certificate.der))]),
      ]),
      element("ds:Object", [
        element("xades:QualifyingProperties", [properties], { Target: `#${id}` }),
      ]),
    ],
    { Id: id },
  );
  return { ...request, content: [signature, ...request.content] };
}

async function signedProperties(
  id: string,
  atMs: number,
  method: XmlElement,
  signer: Signer,
): Promise<XmlElement> {
  const { der, issuer, serial } = signer.certificate;
  const certificate = element("xades:Cert", [
    element("xades:CertDigest", [
      method,
      element("ds:DigestValue", base64(await signer.digest(der))),
    ]),
    element("xades:IssuerSerial", [
      element("ds:X509IssuerName", issuer),
      element("ds:X509SerialNumber", serial),
    ]),
  ]);
  const properties = element("xades:SignedSignatureProperties", [
    element("xades:SigningTime", instant(atMs)),
    element("xades:SigningCertificate", [certificate]),
  ]);
  return element("xades:SignedProperties", [properties], { Id: `${id}-signedprops` });
}

async function digest(canonical: string, signer: Signer): Promise<string> {
  return base64(await signer.digest(utf8(canonical)));
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
