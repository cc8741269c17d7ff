import type { FastifyInstance } from "fastify";
import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Database } from "../../normalizer/store/database.ts";
import { countMessageStates } from "../../normalizer/store/message-page.ts";

/**
 * Figures of one server for Prometheus: the process, requests by route and status, and messages of
 * the inbox by channel and state, counted when they are asked for.
 */
export function createMetrics(server: FastifyInstance, database: Database): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "hub_http_request_duration_seconds",
    help: "Duration of HTTP requests by route",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  // The route, not the address: an account number must not become a label.
  server.addHook("onResponse", async (request, reply) => {
    const route = request.is404 ? "none" : (request.routeOptions.url ?? "none");
    requests.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
  const messages = new Gauge({
    name: "hub_messages_open",
    help: "Messages that are received, being posted or set aside, by channel and state",
    labelNames: ["channel", "state"],
    registers: [registry],
    async collect() {
      messages.reset();
      for (const { channel, state, count } of await countMessageStates(database)) {
        messages.set({ channel, state }, count);
      }
    },
  });
  return registry;
}
