import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyError, FastifyInstance } from "fastify";
import Fastify from "fastify";
import { EVERY_ROLE } from "../access/roles.ts";
import { createMetrics } from "../health/metrics.ts";
import type { RouteEntry } from "./access.ts";
import { guardRoutes, SESSION_COOKIE } from "./access.ts";
import { consoleFiles } from "./console-files.ts";
import type { ApiErrorCode } from "./errors.ts";
import { ApiError, bodyOf, statusOf } from "./errors.ts";
import type { ServerOptions } from "./options.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { checkFileRoutes } from "./routes/check-file.ts";
import { deliveryRoutes } from "./routes/deliveries.ts";
import { documentRoutes } from "./routes/documents.ts";
import { healthRoutes } from "./routes/health.ts";
import { measurementRoutes } from "./routes/measurements.ts";
import { messageRoutes } from "./routes/messages.ts";
import { moneyRoutes } from "./routes/money.ts";
import { paymentRoutes } from "./routes/payments.ts";
import { readingRoutes } from "./routes/readings.ts";
import { refundRoutes } from "./routes/refunds.ts";
import { reportRoutes } from "./routes/reports.ts";
import { runRoutes } from "./routes/runs.ts";
import { sessionRoutes } from "./routes/session.ts";
import { uploadRoutes } from "./routes/upload.ts";

export interface HubServer {
  readonly server: FastifyInstance;
  /** Every route with who may call it; complete once the server is ready. */
  routes(): readonly RouteEntry[];
}

/**
 * JSON of people's requests is small; files go through the upload route with a limit of its own.
 */
const BODY_BYTES_MAX = 64 * 1024;

/** A sender that stops in the middle must not hold a connection of the database for ever. */
const REQUEST_MS_MAX = 10 * 60_000;

/**
 * The HTTP side of the hub: console, its JSON interface, uploads, health. Listens to nothing yet:
 * `server.listen` opens it, `server.close` stops taking requests, answers those under way and
 * resolves when they are done.
 */
export async function buildServer(options: ServerOptions): Promise<HubServer> {
  const server = Fastify({
    ...(options.logger === null ? { logger: false } : { loggerInstance: options.logger }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    trustProxy: options.trustProxy,
    return503OnClosing: true,
    forceCloseConnections: "idle",
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    const [code, values] = refusalOf(error, request.id);
    if (code === "INTERNAL_DEFECT") request.log.error(error);
    return reply.status(statusOf(code)).send({ error: bodyOf(code, values) });
  });
  await server.register(cookie);
  await server.register(helmet, {
    strictTransportSecurity: options.secureCookies,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // Mantine writes its variables into style elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
      },
    },
  });
  await server.register(rateLimit, { global: false });
  const routes = guardRoutes(server, options);
  const metrics = createMetrics(server, options.database);
  await server.register(swagger, OPENAPI);
  await server.register(documentation);
  await server.register(healthRoutes(options, metrics));
  await server.register(sessionRoutes(options));
  await server.register(accountRoutes(options));
  await server.register(measurementRoutes(options));
  await server.register(moneyRoutes(options));
  await server.register(messageRoutes(options));
  await server.register(deliveryRoutes(options));
  await server.register(paymentRoutes(options));
  await server.register(refundRoutes(options));
  await server.register(readingRoutes(options));
  await server.register(documentRoutes(options));
  await server.register(reportRoutes(options));
  await server.register(runRoutes(options));
  await server.register(uploadRoutes(options));
  await server.register(checkFileRoutes(options));
  await server.register(consoleFiles(options.consoleFolder));
  return { server, routes };
}

const OPENAPI = {
  openapi: {
    info: { title: "energohub", version: "1" },
    components: {
      securitySchemes: {
        session: { type: "apiKey", in: "cookie", name: SESSION_COOKIE },
        channel: { type: "http", scheme: "bearer" },
      },
    },
  },
} as const;

/** Pages of the OpenAPI document at /docs; the plug-in's own routes take the access given here. */
async function documentation(server: FastifyInstance): Promise<void> {
  server.addHook("onRoute", (route) => {
    route.config = { ...route.config, access: { kind: "session", roles: EVERY_ROLE } };
  });
  await server.register(swaggerUi, { routePrefix: "/docs", staticCSP: true });
}

function refusalOf(
  error: FastifyError | ApiError,
  request: string,
): readonly [ApiErrorCode, Readonly<Record<string, string>>] {
  if (error instanceof ApiError) return [error.code, error.values];
  if (error.validation !== undefined) return ["REQUEST_INVALID", { detail: error.message }];
  if (error.statusCode === 413) return ["LIMIT_EXCEEDED", {}];
  if (error.statusCode === 429) return ["TOO_MANY_REQUESTS", {}];
  if (error.statusCode === 503) return ["NOT_READY", {}];
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return ["REQUEST_INVALID", { detail: error.message }];
  }
  return ["INTERNAL_DEFECT", { request }];
}
