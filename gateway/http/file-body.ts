import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { ApiError } from "./errors.ts";

const PART_BYTES = 1_048_576;
const NAME_LENGTH_MAX = 255;

/** The body of a request that brings one file. */
export interface FileBody {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** Any type of body is bytes; nothing is read before the handler, so nothing is held whole. */
export function takeBytes(
  server: Pick<FastifyInstance, "removeAllContentTypeParsers" | "addContentTypeParser">,
): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
}

/** The name in `X-File-Name`, which is in percent-encoding. */
export function fileNameOf(header: string | string[] | undefined): string {
  if (typeof header !== "string" || header === "") {
    throw new ApiError("REQUEST_INVALID", { detail: "нет заголовка X-File-Name" });
  }
  let name: string;
  try {
    name = decodeURIComponent(header);
  } catch (error) {
    throw new ApiError("REQUEST_INVALID", { detail: `X-File-Name: ${String(error)}` });
  }
  const broken = [...name].some((character) => "/\\".includes(character) || character < " ");
  if (broken || name.length > NAME_LENGTH_MAX) {
    throw new ApiError("REQUEST_INVALID", { detail: "X-File-Name: имя без папок, до 255 знаков" });
  }
  return name;
}

/** Parts of 1 MiB; ends the request with 413 as soon as the limit is passed. */
export function filePartsOf(
  { headers, body }: FileBody,
  bytesMax: number,
): AsyncIterable<Uint8Array> {
  // Refused before a byte is read: a browser that is cut off in the middle shows no reason.
  if (Number(headers["content-length"]) > bytesMax) throw new ApiError("LIMIT_EXCEEDED", {});
  return partsOf(body as Readable, bytesMax);
}

async function* partsOf(body: Readable, bytesMax: number): AsyncIterable<Uint8Array> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let seen = 0;
  // A body that is destroyed closes the connection before the answer could go out.
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    seen += chunk.length;
    if (seen > bytesMax) throw new ApiError("LIMIT_EXCEEDED", {});
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < PART_BYTES) continue;
    const joined = Buffer.concat(held);
    let at = 0;
    for (; joined.length - at >= PART_BYTES; at += PART_BYTES) {
      yield joined.subarray(at, at + PART_BYTES);
    }
    held = [joined.subarray(at)];
    heldBytes = joined.length - at;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}
