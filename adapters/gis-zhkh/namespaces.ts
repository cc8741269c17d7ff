const ROOT = "http://dom.gosuslugi.ru/schema/integration/";

/** Prefixes that our messages use. The counterpart reads names, not prefixes; a signature covers both. */
export const NAMESPACES = {
  acc: `${ROOT}account-base/`,
  base: `${ROOT}base/`,
  bb: `${ROOT}bills-base/`,
  bills: `${ROOT}bills/`,
  ds: "http://www.w3.org/2000/09/xmldsig#",
  hm: `${ROOT}house-management/`,
  irb: `${ROOT}individual-registry-base/`,
  nsib: `${ROOT}nsi-base/`,
  pb: `${ROOT}payments-base/`,
  soap: "http://schemas.xmlsoap.org/soap/envelope/",
  xades: "http://uri.etsi.org/01903/v1.3.2#",
} as const satisfies Record<string, string>;

export type Prefix = keyof typeof NAMESPACES;
export type QName = `${Prefix}:${string}`;

export function prefixOf(name: QName): Prefix {
  return name.slice(0, name.indexOf(":")) as Prefix;
}
