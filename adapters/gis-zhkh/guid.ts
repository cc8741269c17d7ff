import { createHash } from "node:crypto";

/** RFC 9562, 6.6: namespace of URLs; the names under it begin with ours. */
const URLS = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";

export const GUID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/**
 * UUIDv5 of a name (RFC 9562, 5.5).
 *
 * @param namespace a UUID
 */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash("sha1")
    .update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
    .update(name)
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** TransportGUID of an object: the same in every attempt, whatever its content has become. */
export function transportGuid(organisation: string, key: string): string {
  return uuidV5(URLS, `urn:energohub:${organisation.toLowerCase()}:${key}`);
}
