import { SOURCES } from "../../../adapters/registry.ts";
import { invariant } from "../../../normalizer/model/result.ts";
import { EXCHANGE_ROLES } from "../../access/roles.ts";
import { storeContext } from "../../intake/check-context.ts";
import type { CheckedFile } from "../../intake/check-file.ts";
import { checkStream } from "../../intake/check-path.ts";
import { checkProfile } from "../../intake/profile.ts";
import { signedInOf } from "../access.ts";
import { ApiError } from "../errors.ts";
import { fileNameOf, filePartsOf, takeBytes } from "../file-body.ts";
import type { SourceKind } from "../names.ts";
import type { ServerOptions } from "../options.ts";
import { remedyOf } from "../problem-answer.ts";
import { Checked, CheckQuery } from "../schemas/check-file.ts";
import { Refusal } from "../schemas/common.ts";
import type { Routes } from "./routes.ts";

/** «Проверить файл»: what `hub check-file` says of the body, by people. Nothing is stored. */
export function checkFileRoutes(options: ServerOptions): Routes {
  return async (server) => {
    takeBytes(server);
    server.post(
      "/api/check-file",
      {
        config: { access: { kind: "session", roles: EXCHANGE_ROLES } },
        bodyLimit: options.uploadBytesMax,
        schema: {
          summary: "Проверить файл, не загружая",
          tags: ["messages"],
          querystring: CheckQuery,
          response: { 200: Checked, "4xx": Refusal },
        },
      },
      async (request) => {
        const { source, against = "none" } = request.query;
        const { organisation, scope } = signedInOf(request);
        // The store's remarks tell of accounts of every district.
        if (against === "store" && scope.districts !== null) {
          throw new ApiError("OUT_OF_SCOPE", { object: "Сверка с хранилищем" });
        }
        const { adapter, profile } = await readerOf(source);
        const checked = await checkStream(filePartsOf(request, options.uploadBytesMax), {
          adapter,
          profile,
          file: fileNameOf(request.headers["x-file-name"]),
          receivedAtMs: Date.now(),
          context: against === "store" ? storeContext(options.database, organisation) : null,
        });
        const whole = answerOf(checked);
        return "entries" in checked ? { ...whole, entries: checked.entries.map(answerOf) } : whole;
      },
    );
  };
}

/** The source's adapter with the profile that a channel has when nothing is set. */
async function readerOf(source: SourceKind) {
  const load = SOURCES[source];
  invariant(load !== undefined, `no source ${source}`);
  const { adapter } = await load();
  const profile = checkProfile(adapter.profileSchema, undefined);
  invariant(profile.ok, `the default profile of ${source} breaks its own schema`);
  return { adapter, profile: profile.value };
}

function answerOf(checked: CheckedFile) {
  return {
    ...checked,
    problems: checked.problems.map((problem) => ({ ...problem, ...remedyOf(problem.code) })),
    sums: [...checked.sums],
  };
}
