import { spawnSync } from "node:child_process";
import {
  createHash,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  X509Certificate,
} from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { message } from "./encode/message.ts";
import { envelope } from "./envelope.ts";
import { signed } from "./signature.ts";
import type { KeyMaterial, Signer } from "./signer.ts";
import { gostSigner, issuerName, rsaSigner } from "./signer.ts";
import {
  ACCOUNT_GUID,
  bodyOf,
  config,
  fullDocument,
  hasReference,
  hasXmllint,
  MESSAGE,
  object,
  schemaErrors,
} from "./testing.ts";
import { find, readTree, textOf } from "./tree.ts";

const folder = mkdtempSync(join(tmpdir(), "gis-signature-"));
t.teardown(() => rmSync(folder, { recursive: true }));

const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;
const ENGINE = "/usr/lib/x86_64-linux-gnu/engines-3/gost.so";
const noGost = existsSync(ENGINE) && hasOpenssl ? false : "OpenSSL's GOST engine is not installed";

const subject = "/C=RU/O=Энск, АО/CN=УЦ/emailAddress=uc@example.ru";

/** A key and a certificate signed by itself, made by the openssl tool. */
function material(newKey: readonly string[], engine: readonly string[] = []): KeyMaterial {
  const key = join(folder, "key.pem");
  const certificate = join(folder, "certificate.pem");
  const made = spawnSync(
    "openssl",
    [
      ...["req", "-x509", "-nodes", "-utf8", "-days", "2", "-set_serial", "0x0123456789ABCDEF01"],
      ...["-subj", subject, "-keyout", key, "-out", certificate, ...newKey, ...engine],
    ],
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  return {
    keyPem: readFileSync(key, "utf8"),
    certificatePem: readFileSync(certificate, "utf8"),
  };
}

async function signedMessage(signer: Signer): Promise<Uint8Array> {
  const document = object("payment-document", "d", fullDocument, {
    needs: { AccountGUID: ACCOUNT_GUID },
  });
  const { body } = message("payment-document", [document], config());
  return envelope(await signed(body, MESSAGE, signer), MESSAGE, config());
}

/** Canonical form of a file by xmllint, which knows nothing of our writer. */
function canonical(xml: string, mode: "--c14n" | "--exc-c14n"): string {
  const path = join(folder, "part.xml");
  writeFileSync(path, xml);
  const run = spawnSync("xmllint", ["--nonet", mode, path], { encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr);
  return run.stdout;
}

function part(xml: string, name: string): string {
  const from = xml.indexOf(`<${name} `) < 0 ? xml.indexOf(`<${name}>`) : xml.indexOf(`<${name} `);
  const end = `</${name}>`;
  return xml.slice(from, xml.indexOf(end, from) + end.length);
}

const GIS = "http://dom.gosuslugi.ru/schema/integration";
/** What Canonical XML writes on a part: every prefix that is in scope there, in their order. */
const SCOPE =
  `xmlns:base="${GIS}/base/" xmlns:bills="${GIS}/bills/" ` +
  `xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"`;

/** Bytes that the references and the value of a signature are of, found in the sent message by text alone. */
function parts(xml: string) {
  const signature = part(xml, "ds:Signature");
  const inScope = (name: string, scope: string) =>
    part(xml, name).replace(`<${name}`, `<${name} ${scope}`);
  return {
    // The enveloped-signature transform takes the signature away.
    request: bodyOf(xml).replace(signature, ""),
    signedInfo: inScope("ds:SignedInfo", SCOPE),
    properties: inScope(
      "xades:SignedProperties",
      `${SCOPE} xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"`,
    ),
  };
}

const digestValues = (xml: string) =>
  [...xml.matchAll(/<ds:DigestValue>([^<]+)</g)].map(([, value]) => value);
const noRsa = hasOpenssl ? false : "the openssl tool is not installed";
const noXmllint = hasXmllint ? noRsa : "xmllint is not installed";

t.test("an RSA signature covers the sent bytes", { skip: noRsa }, async (t) => {
  const rsa = material(["-newkey", "rsa:2048"]);
  const xml = Buffer.from(await signedMessage(rsaSigner(rsa))).toString("utf8");
  const { request, signedInfo, properties } = parts(xml);
  const certificate = new X509Certificate(rsa.certificatePem);
  const sha256 = (bytes: string | Uint8Array) =>
    createHash("sha256").update(bytes).digest("base64");
  t.same(digestValues(xml), [sha256(request), sha256(properties), sha256(certificate.raw)]);
  const value = textOf(find(readTree(Buffer.from(xml)), "Signature"), "SignatureValue") ?? "";
  const verify = (text: string) =>
    createVerify("sha256")
      .update(text)
      .verify(createPublicKey(rsa.certificatePem), Buffer.from(value, "base64"));
  t.ok(verify(signedInfo));
  t.notOk(verify(`${signedInfo} `), "one byte more is another text");
  t.match(xml, /<ds:X509SerialNumber>20988295479420645121</);
  t.match(
    xml,
    "C=RU, O=Энск\\, АО, CN=УЦ, 1.2.840.113549.1.9.1=uc@example.ru</ds:X509IssuerName>",
    "names joined by a comma and a blank, the comma inside escaped",
  );
  t.same(await signedMessage(rsaSigner(rsa)), Buffer.from(xml), "the same input, the same bytes");
});

t.test("canonicalisation changes nothing of a message", { skip: noXmllint }, async (t) => {
  const rsa = material(["-newkey", "rsa:2048"]);
  const xml = Buffer.from(await signedMessage(rsaSigner(rsa))).toString("utf8");
  const { request, signedInfo, properties } = parts(xml);
  t.equal(canonical(xml, "--c14n"), xml);
  t.equal(canonical(xml, "--exc-c14n"), xml);
  t.equal(canonical(request, "--exc-c14n"), request);
  t.equal(canonical(signedInfo, "--c14n"), signedInfo);
  t.equal(canonical(properties, "--c14n"), properties);
  t.equal(
    schemaErrors(bodyOf(xml), "bills/hcs-bills-types.xsd"),
    hasReference ? null : "no reference",
    "and it is valid with its signature",
  );
});

t.test("a GOST signature through OpenSSL's engine", { skip: noGost }, async (t) => {
  const gost = material(
    ["-newkey", "gost2012_256", "-pkeyopt", "paramset:A"],
    ["-engine", "gost", "-md_gost12_256"],
  );
  const xml = Buffer.from(await signedMessage(gostSigner(ENGINE, gost))).toString("utf8");
  const { request, signedInfo } = parts(xml);
  const file = (name: string, bytes: string | Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const openssl = (command: string, ...args: readonly string[]) =>
    spawnSync("openssl", [command, "-engine", "gost", ...args], { encoding: "buffer" });
  // The tool, not the process that has signed, computes and verifies.
  const digested = openssl("dgst", "-md_gost12_256", "-binary", file("request", request)).stdout;
  t.equal(digestValues(xml)[0], digested.toString("base64"));
  const value = textOf(find(readTree(Buffer.from(xml)), "Signature"), "SignatureValue") ?? "";
  const publicKey = openssl("x509", "-pubkey", "-noout", "-in", file("c.pem", gost.certificatePem));
  const verified = openssl(
    ...["dgst", "-md_gost12_256", "-verify", file("public.pem", publicKey.stdout)],
    ...["-signature", file("value", Buffer.from(value, "base64")), file("info", signedInfo)],
  );
  t.equal(verified.stdout.toString().trim(), "Verified OK");
  t.match(xml, "gostr34102012-gostr34112012-256");
});

t.test("a key that is none", async (t) => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const keyPem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  t.throws(() => rsaSigner({ keyPem, certificatePem: "no certificate" }));
});

t.test("issuer's name", async (t) => {
  const cases = [
    ["C=RU\nO=УЦ\nCN=УЦ", "C=RU, O=УЦ, CN=УЦ"],
    [
      "emailAddress=a@b\nSN=Иванов\nGN=Иван",
      "1.2.840.113549.1.9.1=a@b, 2.5.4.4=Иванов, 2.5.4.42=Иван",
    ],
    ["OU=Отдел=1\ntitle=Т", "2.5.4.11=Отдел=1, 2.5.4.12=Т"],
    ["O=А\\, Б", "O=А\\, Б"],
  ] as const;
  for (const [lines, want] of cases) t.equal(issuerName(lines), want, lines);
});
