import { access } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { bodyOf, statusOf } from "./errors.ts";

/**
 * The built console at `/`. Any address that is no file and no interface gets index.html, so that a
 * deep link opens the page it names; the files hold no data, hence no session.
 */
export function consoleFiles(folder: string | null) {
  return async (server: FastifyInstance): Promise<void> => {
    const built = folder !== null && (await exists(join(folder, "index.html")));
    if (built) {
      server.addHook("onRoute", (route) => {
        route.config = { ...route.config, access: { kind: "public" } };
      });
      await server.register(fastifyStatic, {
        root: folder,
        // The build writes each file beside its packed copies: nothing is packed while a person
        // waits.
        preCompressed: true,
        // Names of assets carry a hash of their content; index.html names the current ones.
        setHeaders: (response, path) => {
          const cached = path.startsWith(join(folder, "assets"));
          response.setHeader(
            "cache-control",
            cached ? "public, max-age=31536000, immutable" : "no-cache",
          );
        },
      });
    }
    server.setNotFoundHandler((request, reply) => {
      const reading = request.method === "GET" || request.method === "HEAD";
      const page = reading && !/^\/(?:api|assets)\//.test(request.url);
      if (built && page) return reply.sendFile("index.html");
      const error = bodyOf("NOT_FOUND", { object: `${request.method} ${request.url}` });
      return reply.status(statusOf("NOT_FOUND")).send({ error });
    });
  };
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
