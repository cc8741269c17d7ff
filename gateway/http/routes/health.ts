import type { Registry } from "prom-client";
import { Type } from "typebox";
import { databaseAnswers } from "../../../normalizer/store/message-page.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { Refusal } from "../schemas/common.ts";
import type { Routes } from "./routes.ts";

/** For the supervisor of the process, the load balancer and Prometheus. */
export function healthRoutes(options: ServerOptions, metrics: Registry): Routes {
  return async (server) => {
    let closing = false;
    server.addHook("preClose", async () => {
      closing = true;
    });
    server.get(
      "/healthz",
      {
        config: { access: { kind: "public" } },
        schema: {
          summary: "Процесс жив",
          tags: ["health"],
          response: { 200: Type.Object({ status: Type.Literal("ok") }) },
        },
      },
      async () => ({ status: "ok" as const }),
    );
    server.get(
      "/readyz",
      {
        config: { access: { kind: "public" } },
        schema: {
          summary: "Хаб принимает запросы: база отвечает",
          tags: ["health"],
          response: {
            200: Type.Object({
              status: Type.Literal("ready"),
              database: Type.Enum(["embedded", "server"]),
            }),
            503: Refusal,
          },
        },
      },
      async () => {
        if (closing || !(await databaseAnswers(options.database))) {
          throw new ApiError("NOT_READY", {});
        }
        return { status: "ready" as const, database: options.databaseKind };
      },
    );
    server.get(
      "/metrics",
      {
        config: { access: { kind: "operations" } },
        schema: { summary: "Показатели для Prometheus", tags: ["health"] },
      },
      async (_request, reply) => {
        const text = await metrics.metrics();
        return reply.type(metrics.contentType).send(text);
      },
    );
  };
}
