import { randomUUID } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

/** Where a head-end sends its files: our HTTP upload, or a folder that we watch. */
export interface Destination {
  /** Address of the hub, "http://127.0.0.1:8080". */
  readonly origin: string;
  /** Name of the channel at the hub. */
  readonly channel: string;
  /** Channel credential, sent as `Authorization: Bearer …`. */
  readonly credential: string;
}

export interface UploadAnswer {
  readonly status: number;
  readonly body: string;
}

/** One file by HTTP; what the hub answered, success or not. Rejects when there was no answer. */
export async function upload(
  to: Destination,
  name: string,
  bytes: Uint8Array,
): Promise<UploadAnswer> {
  const response = await fetch(`${to.origin}/api/upload/${to.channel}`, {
    method: "POST",
    headers: headersOf(to, name),
    body: bytes,
  });
  return { status: response.status, body: await response.text() };
}

/**
 * Begins the same upload and drops the connection in the middle of the body, as a modem does. Resolves once the socket is
 * gone; the hub must have stored nothing that it would have to acknowledge.
 */
export async function uploadAndDrop(
  to: Destination,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const { hostname, port, host } = new URL(to.origin);
  const socket = connect(Number(port), hostname);
  const head = [
    `POST /api/upload/${to.channel} HTTP/1.1`,
    `host: ${host}`,
    ...Object.entries(headersOf(to, name)).map(([header, value]) => `${header}: ${value}`),
    `content-length: ${bytes.length}`,
  ];
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => resolve());
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => socket.resetAndDestroy());
  });
}

function headersOf(to: Destination, name: string): Record<string, string> {
  return {
    authorization: `Bearer ${to.credential}`,
    "content-type": "application/octet-stream",
    "x-file-name": encodeURIComponent(name),
  };
}

/** A file appears in a watched folder whole or not at all: written beside, then renamed. */
export async function dropIntoFolder(
  folder: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const unfinished = join(folder, `.${randomUUID()}.part`);
  await writeFile(unfinished, bytes);
  await rename(unfinished, join(folder, name));
}
