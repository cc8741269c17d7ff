import { Type } from "typebox";
import { EVERY_ROLE, ROLES } from "../../access/roles.ts";
import type { SignedIn } from "../../access/sessions.ts";
import { SESSION_SECONDS, signIn, signOut } from "../../access/sessions.ts";
import { SESSION_COOKIE, signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import type { ServerOptions } from "../options.ts";
import { Refusal } from "../schemas/common.ts";
import type { MeAnswer } from "../schemas/sessions.ts";
import { LoginBody, Me } from "../schemas/sessions.ts";
import type { Routes } from "./routes.ts";

function meOf({ login, name, role, scope, csrfToken }: SignedIn): MeAnswer {
  const districts = scope.districts === null ? null : [...scope.districts];
  return { login, name, role, roleName: ROLES[role], districts, csrfToken };
}

/** Sign in, sign out, who am I. */
export function sessionRoutes(options: ServerOptions): Routes {
  const cookie = {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: options.secureCookies,
    maxAge: SESSION_SECONDS,
  } as const;
  return async (server) => {
    server.post(
      "/api/login",
      {
        config: {
          access: { kind: "public" },
          rateLimit: { max: options.loginsPerMinute, timeWindow: "1 minute" },
        },
        schema: {
          summary: "Вход",
          tags: ["session"],
          body: LoginBody,
          response: { 200: Me, "4xx": Refusal },
        },
      },
      async (request, reply) => {
        const { login, password } = request.body;
        const started = await signIn(options.database, login, password, request.ip);
        if (started === null) throw new ApiError("LOGIN_REFUSED", {});
        return reply.setCookie(SESSION_COOKIE, started.token, cookie).send(meOf(started.user));
      },
    );
    server.post(
      "/api/logout",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: {
          summary: "Выход",
          tags: ["session"],
          response: { 204: Type.Null(), "4xx": Refusal },
        },
      },
      async (request, reply) => {
        const token = request.cookies[SESSION_COOKIE];
        if (token !== undefined) await signOut(options.database, token);
        return reply.clearCookie(SESSION_COOKIE, cookie).status(204).send(null);
      },
    );
    server.get(
      "/api/me",
      {
        config: { access: { kind: "session", roles: EVERY_ROLE } },
        schema: { summary: "Кто вошёл", tags: ["session"], response: { 200: Me, "4xx": Refusal } },
      },
      async (request) => meOf(signedInOf(request)),
    );
  };
}
