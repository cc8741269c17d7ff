import type { FastifyInstance, FastifyRequest } from "fastify";
import { invariant } from "../../normalizer/model/result.ts";
import type { Actor } from "../../normalizer/store/access.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { ChannelCredential } from "../access/channels.ts";
import { channelOf, secretsEqual } from "../access/channels.ts";
import type { Role } from "../access/roles.ts";
import type { SignedIn } from "../access/sessions.ts";
import { userOfSession } from "../access/sessions.ts";
import { ApiError } from "./errors.ts";

/**
 * Who may call a route. Every route declares it in `config.access`; the server does not start
 * without.
 */
export type Access =
  | { readonly kind: "public" }
  | { readonly kind: "session"; readonly roles: readonly Role[] }
  /** The secret of the channel that `:channel` names. */
  | { readonly kind: "channel" }
  /** The operations token, or a loopback address where the configuration allows it. */
  | { readonly kind: "operations" };

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    signedIn: SignedIn | null;
  }
}

export const SESSION_COOKIE = "hub_session";
export const CSRF_HEADER = "x-csrf-token";

export interface AccessOptions {
  readonly database: Database;
  readonly channels: readonly ChannelCredential[];
  readonly operationsToken: string | null;
  readonly operationsFromLoopback: boolean;
}

/** One route as it was declared; the walking test reads the table of them. */
export interface RouteEntry {
  readonly method: string;
  readonly url: string;
  readonly access: Access;
}

/**
 * Collects every route, refuses to start when one has no access, and checks the access before
 * anything of the request is read.
 */
export function guardRoutes(server: FastifyInstance, options: AccessOptions): () => RouteEntry[] {
  const declared: { method: string | string[]; url: string; config?: { access?: Access } }[] = [];
  server.addHook("onRoute", (route) => {
    declared.push(route);
  });
  const table = (): RouteEntry[] =>
    declared.flatMap(({ method, url, config }) => {
      const access = config?.access;
      invariant(access !== undefined, `route ${String(method)} ${url} declares no access`);
      return [method].flat().map((each) => ({ method: each, url, access }));
    });
  server.addHook("onReady", async () => {
    table();
  });
  server.decorateRequest("signedIn", null);
  server.addHook("onRequest", (request) => admit(request, options));
  return table;
}

async function admit(request: FastifyRequest, options: AccessOptions): Promise<void> {
  if (request.is404) return;
  const access = request.routeOptions.config.access;
  invariant(access !== undefined, `route ${request.url} declares no access`);
  switch (access.kind) {
    case "public":
      return;
    case "session":
      return admitUser(request, access.roles, options.database);
    case "channel":
      return admitChannel(request, options.channels);
    case "operations":
      return admitOperations(request, options);
  }
}

async function admitUser(
  request: FastifyRequest,
  roles: readonly Role[],
  database: Database,
): Promise<void> {
  const token = request.cookies[SESSION_COOKIE];
  const signedIn = token === undefined ? null : await userOfSession(database, token);
  if (signedIn === null) throw new ApiError("SESSION_REQUIRED", {});
  if (!roles.includes(signedIn.role)) throw new ApiError("ROLE_REFUSED", {});
  const safe = request.method === "GET" || request.method === "HEAD";
  const given = request.headers[CSRF_HEADER];
  if (!safe && (typeof given !== "string" || !secretsEqual(given, signedIn.csrfToken))) {
    throw new ApiError("CSRF_REFUSED", {});
  }
  request.signedIn = signedIn;
}

function admitChannel(request: FastifyRequest, channels: readonly ChannelCredential[]): void {
  const { channel } = request.params as { readonly channel: string };
  if (channelOf(channels, channel, bearerOf(request)) === null) {
    throw new ApiError("CREDENTIAL_REQUIRED", {});
  }
}

function admitOperations(request: FastifyRequest, options: AccessOptions): void {
  const loopback = ["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(request.ip);
  if (options.operationsFromLoopback && loopback) return;
  const token = options.operationsToken;
  if (token === null || !secretsEqual(token, bearerOf(request))) {
    throw new ApiError("CREDENTIAL_REQUIRED", {});
  }
}

function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization ?? "";
  return header.startsWith("Bearer ") ? header.slice("Bearer ".length) : "";
}

/** The person behind a request of a session route. */
export function signedInOf(request: FastifyRequest): SignedIn {
  invariant(request.signedIn !== null, `${request.url} was reached without a session`);
  return request.signedIn;
}

/** Who the audit names for what the request does. */
export function actorOf(request: FastifyRequest): Actor {
  const { organisation, login } = signedInOf(request);
  return { organisation, login, address: request.ip };
}
