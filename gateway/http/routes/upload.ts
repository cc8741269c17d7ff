import { fileNameOf, filePartsOf, takeBytes } from "../file-body.ts";
import type { ServerOptions } from "../options.ts";
import { Refusal } from "../schemas/common.ts";
import { ChannelParams, UploadReceipts } from "../schemas/messages.ts";
import type { Routes } from "./routes.ts";

/**
 * A machine brings one file: the body is the file, `X-File-Name` its name in percent-encoding. The
 * answer comes when the bytes are committed; a repeat of the same bytes is answered with
 * `duplicate`.
 */
export function uploadRoutes(options: ServerOptions): Routes {
  return async (server) => {
    takeBytes(server);
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
            parts: filePartsOf(request, options.uploadBytesMax),
            envelope: envelopeOf(request.headers, request.ip),
          },
        ]);
        return { receipts: [...receipts] };
      },
    );
  };
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
