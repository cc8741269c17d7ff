import type { KeyObject } from "node:crypto";
import {
  constants,
  createHash,
  createPrivateKey,
  createSign,
  setEngine,
  X509Certificate,
} from "node:crypto";

/** Signs and digests; the key may live elsewhere (an engine, a token, a service), hence the promises. */
export interface Signer {
  readonly signatureAlgorithm: string;
  readonly digestAlgorithm: string;
  digest(bytes: Uint8Array): Promise<Uint8Array>;
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  readonly certificate: SigningCertificate;
}

export interface SigningCertificate {
  readonly der: Uint8Array;
  /** As ГИС ЖКХ spells it (gis-zhkh.md 4). */
  readonly issuer: string;
  /** Decimal. */
  readonly serial: string;
}

export interface KeyMaterial {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** Overrides the issuer's name, whose spelling is the most frequent cause of a bad signature. */
  readonly issuer?: string | undefined;
}

/** Nobody at the counterpart's takes it; it stands in for ГОСТ where there is none. */
export function rsaSigner({ keyPem, certificatePem, issuer }: KeyMaterial): Signer {
  return digestSigner("sha256", createPrivateKey(keyPem), certificateOf(certificatePem, issuer), {
    signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
  });
}

const GOST = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:";

/**
 * ГОСТ Р 34.10-2012 with 256-bit keys through OpenSSL's GOST engine.
 *
 * @param engine file of the engine; loaded once per process
 * @throws Error of OpenSSL when the engine cannot be loaded or the key is not one of its kinds
 */
export function gostSigner(engine: string, material: KeyMaterial): Signer {
  loadEngine(engine);
  const certificate = certificateOf(material.certificatePem, material.issuer);
  return digestSigner("md_gost12_256", createPrivateKey(material.keyPem), certificate, {
    signatureAlgorithm: `${GOST}gostr34102012-gostr34112012-256`,
    digestAlgorithm: `${GOST}gostr34112012-256`,
  });
}

const loadedEngines = new Set<string>();

function loadEngine(engine: string): void {
  if (loadedEngines.has(engine)) return;
  setEngine(engine, constants.ENGINE_METHOD_ALL);
  loadedEngines.add(engine);
}

function digestSigner(
  hash: string,
  key: KeyObject,
  certificate: SigningCertificate,
  algorithms: Pick<Signer, "signatureAlgorithm" | "digestAlgorithm">,
): Signer {
  return {
    ...algorithms,
    certificate,
    digest: async (bytes) => createHash(hash).update(bytes).digest(),
    sign: async (bytes) => createSign(hash).update(bytes).sign(key),
  };
}

function certificateOf(pem: string, issuer: string | undefined): SigningCertificate {
  const certificate = new X509Certificate(pem);
  return {
    der: certificate.raw,
    issuer: issuer ?? issuerName(certificate.issuer),
    serial: BigInt(`0x${certificate.serialNumber}`).toString(),
  };
}

/** Short names that ГИС ЖКХ wants as numbers [HcsClientApi]. */
const OIDS: Readonly<Record<string, string>> = {
  E: "1.2.840.113549.1.9.1",
  EMAILADDRESS: "1.2.840.113549.1.9.1",
  T: "2.5.4.12",
  TITLE: "2.5.4.12",
  G: "2.5.4.42",
  GN: "2.5.4.42",
  GIVENNAME: "2.5.4.42",
  SN: "2.5.4.4",
  SURNAME: "2.5.4.4",
  OU: "2.5.4.11",
  UNSTRUCTUREDNAME: "1.2.840.113549.1.9.2",
};

/** Node's lines "CN=УЦ" to one name joined by ", ", escaped commas kept. */
export function issuerName(lines: string): string {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const equals = line.indexOf("=");
      const name = line.slice(0, equals);
      return `${OIDS[name.toUpperCase()] ?? name}${line.slice(equals)}`;
    })
    .join(", ");
}
