import type { Readable } from "node:stream";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { ChannelParams, Refusal, UploadReceipts } from "../schemas.ts";
import type { Routes } from "./routes.ts";

const PART_BYTES = 1_048_576;
const NAME_LENGTH_MAX = 255;

/**
 * A machine brings one file: the body is the file, `X-File-Name` its name in percent-encoding. The
 * answer comes when the bytes are committed; a repeat of the same bytes is answered with
 * `duplicate`.
 */
export function uploadRoutes(options: ServerOptions): Routes {
  return async (server) => {
    // Any type of body is bytes; nothing is read before the handler, so nothing is held whole.
    server.removeAllContentTypeParsers();
    server.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    server.post(
      "/api/upload/:channel",
      {
        config: { access: { kind: "channel" } },
        bodyLimit: options.uploadBytesMax,
        schema: {
          summary: "Принять файл канала",
          tags: ["upload"],
          params: ChannelParams,
          response: { 200: UploadReceipts, "4xx": Refusal },
        },
      },
      async (request) => {
        const { channel } = request.params;
        const receipts = await options.accept(channel, [
          {
            name: fileNameOf(request.headers["x-file-name"]),
            receivedAtMs: Date.now(),
            parts: partsOf(request.body as Readable, options.uploadBytesMax),
            envelope: envelopeOf(request.headers, request.ip),
          },
        ]);
        return { receipts: [...receipts] };
      },
    );
  };
}

function fileNameOf(header: string | string[] | undefined): string {
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

/** What helps a person later; never the secret. */
function envelopeOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  address: string,
): Record<string, string> {
  const kept = ["content-type", "user-agent"].flatMap((name) => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return { ...Object.fromEntries(kept), address };
}

/** Parts of 1 MiB; ends the request with 413 as soon as the limit is passed. */
async function* partsOf(body: Readable, bytesMax: number): AsyncIterable<Uint8Array> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let seen = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
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
