import { spawnSync } from "node:child_process";
import { createHash, createSign, randomUUID, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { canonical, readRaw } from "./canonical.ts";
import { verifySignature } from "./signature.ts";

const tools = ["xmllint", "openssl"].filter((name) => spawnSync(name, ["version"]).error);
const skip = tools.length === 0 ? false : `not installed: ${tools.join(", ")}`;
const folder = mkdtempSync(join(tmpdir(), "gis-zhkh-signature-"));
t.teardown(() => rmSync(folder, { recursive: true }));

// xmllint is the second method.
t.test("canonical forms are those of xmllint", { skip }, async (t) => {
  const documents = [
    `<a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"  z="1" p:a='2' q:a="&lt;&#9;&quot;'" b="3"><p:b><c xmlns=""  /></p:b>\r\n<q:d>&amp; &gt; "x"<![CDATA[<&]]></q:d><!-- gone --><e xmlns="urn:d"/></a>`,
    '<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1" p:z="я"/></p:b></p:a>',
  ];
  for (const document of documents) {
    const path = join(folder, "document.xml");
    writeFileSync(path, document);
    for (const [option, form] of [
      ["--c14n", "inclusive"],
      ["--exc-c14n", "exclusive"],
    ] as const) {
      const want = spawnSync("xmllint", [option, path], { encoding: "utf8" }).stdout;
      // It keeps comments; the forms of a signature are without.
      const without = want.replaceAll(/<!--.*?-->/g, "");
      t.equal(canonical(readRaw(document), form), without.trim(), form);
    }
  }
});

t.test("a signature is checked in every part", { skip }, async (t) => {
  const key = join(folder, "key.pem");
  const file = join(folder, "certificate.pem");
  const subject = ["-subj", "/CN=Test", "-days", "2", "-nodes", "-newkey", "rsa:2048"];
  spawnSync("openssl", ["req", "-x509", ...subject, "-keyout", key, "-out", file]);
  const certificate = new X509Certificate(readFileSync(file));
  const good = signedByHand(readFileSync(key, "utf8"), certificate);
  t.doesNotThrow(() => verifySignature(good, certificate));
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ["content changed", "<b:Month>3<", "<b:Month>4<", /DigestValue #signed-data-container/],
    ["white space added", "<b:Month>", " <b:Month>", /DigestValue #signed-data-container/],
    ["signing time changed", "T10:00:00", "T10:00:01", /DigestValue #s-signedprops/],
    ["digest changed with it", "<ds:DigestValue>", "<ds:DigestValue>A", /DigestValue/],
    ["signed info changed", ' Id="ref0"', "", /SignatureValue/],
    [
      "a second element of the same Id",
      "<e:Header>",
      '<e:Header Id="signed-data-container">',
      /не один/,
    ],
    ["another certificate", "<ds:X509Certificate>", "<ds:X509Certificate>A", /X509Certificate/],
    ["signature is not first", "<ds:Signature ", "<b:Year/><ds:Signature ", /не первый/],
    ["no signature", "ds:SignatureValue", "ds:Other", /SignatureValue|unexpected/],
  ];
  for (const [why, from, to, want] of cases) {
    t.throws(() => verifySignature(good.replaceAll(from, to), certificate), { message: want }, why);
  }
});

/** Canonical forms written out by hand: whatever is digested stands here as the bytes that are digested. */
function signedByHand(key: string, certificate: X509Certificate): string {
  const hash = (text: string | Buffer) => createHash("sha256").update(text).digest("base64");
  const base = 'xmlns:b="http://dom.gosuslugi.ru/schema/integration/base/"';
  const soap = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"';
  const ds = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';
  const xades = 'xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"';
  const digestMethod =
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>';
  const start = (declarations: string) =>
    `<r ${declarations}Id="signed-data-container" b:version="1">`;
  const content = "<b:Month>3</b:Month></r>";
  const inScope = `${base} ${ds} ${soap}`;
  const serial = BigInt(`0x${certificate.serialNumber}`);
  const properties = (declarations: string) =>
    `<xades:SignedProperties ${declarations}Id="s-signedprops"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>2026-03-31T10:00:00+03:00</xades:SigningTime><xades:SigningCertificate><xades:Cert><xades:CertDigest>` +
    `${digestMethod}<ds:DigestValue>${hash(certificate.raw)}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial>` +
    `<ds:X509IssuerName>CN=Test</ds:X509IssuerName><ds:X509SerialNumber>${serial}</ds:X509SerialNumber></xades:IssuerSerial>` +
    "</xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties>";
  const transform = (algorithm: string) =>
    `<ds:Transform Algorithm="http://www.w3.org/${algorithm}"></ds:Transform>`;
  const info = (declarations: string) =>
    `<ds:SignedInfo${declarations}><ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>` +
    `<ds:Reference Id="ref0" URI="#signed-data-container"><ds:Transforms>${transform("2000/09/xmldsig#enveloped-signature")}${transform("2001/10/xml-exc-c14n#")}</ds:Transforms>` +
    `${digestMethod}<ds:DigestValue>${hash(start(`${base} `) + content)}</ds:DigestValue></ds:Reference>` +
    `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#s-signedprops">${digestMethod}` +
    `<ds:DigestValue>${hash(properties(`${inScope} ${xades} `))}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = createSign("sha256")
    .update(info(` ${inScope}`))
    .sign(key, "base64");
  const signature =
    `<ds:Signature Id="s" ${ds}>${info("")}<ds:SignatureValue>${value}</ds:SignatureValue>` +
    `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate.raw.toString("base64")}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
    `<ds:Object><xades:QualifyingProperties ${xades} Target="#s">${properties("")}</xades:QualifyingProperties></ds:Object></ds:Signature>`;
  return `<e:Envelope ${soap} ${base}><e:Header><b:MessageGUID>${randomUUID()}</b:MessageGUID></e:Header><e:Body>${start("")}${signature}${content}</e:Body></e:Envelope>`;
}
