import { parseArgs } from "node:util";
import { addUser } from "../../normalizer/store/access.ts";
import { hashPassword, PASSWORD_LENGTH_MIN } from "../access/passwords.ts";
import type { Role } from "../access/roles.ts";
import { isRole, ROLES } from "../access/roles.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK, UsageError } from "../command.ts";
import { givenOrganisation, STORE_OPTIONS, STORE_USAGE, withStore } from "./given-store.ts";

const PASSWORD_VARIABLE = "HUB_USER_PASSWORD";
const LOGIN = /^[a-z][a-z0-9._-]{1,62}$/;

interface Given {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly districts: readonly string[] | null;
  readonly organisation: string | undefined;
  readonly data: string | undefined;
  readonly json: boolean;
}

function given(args: readonly string[]): Given {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...STORE_OPTIONS,
      name: { type: "string" },
      role: { type: "string" },
      district: { type: "string", multiple: true },
    },
  });
  const [action, login] = positionals;
  if (action !== "add" || positionals.length !== 2 || login === undefined) {
    throw new UsageError("Нужно: add ИМЯ-ВХОДА");
  }
  if (!LOGIN.test(login)) {
    throw new UsageError(`Имя входа «${login}»: латинские строчные буквы, цифры, точка, дефис`);
  }
  const { name, role, district, organisation, data, json } = values;
  if (name === undefined || role === undefined || !isRole(role)) {
    throw new UsageError(`Нужны --name и --role (${Object.keys(ROLES).join(", ")})`);
  }
  return {
    login,
    name,
    role,
    districts: district ?? null,
    organisation,
    data,
    json: json === true,
  };
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { login, name, role, districts, json, ...where } = given(args);
  // A password on the command line would stay in the history of the shell and in the list of
  // processes.
  const password = context.environment[PASSWORD_VARIABLE] ?? "";
  if (password.length < PASSWORD_LENGTH_MIN) {
    throw new UsageError(
      `Задайте пароль в переменной ${PASSWORD_VARIABLE}, не короче ${PASSWORD_LENGTH_MIN} знаков`,
    );
  }
  return withStore(context, where, "user", async (store) => {
    const organisation = await givenOrganisation(store, where.organisation);
    const passwordHash = await hashPassword(password);
    const actor = { organisation, login: "cli", address: "cli" };
    const user = { login, name, role, districts, passwordHash };
    const added = await addUser(store.hub, actor, user);
    if (json) context.out(JSON.stringify({ login, role, organisation, districts, added }));
    else if (added) context.out(`Пользователь ${login} заведён: ${name}, ${ROLES[role]}.`);
    if (added) return EXIT_OK;
    context.note(`Имя входа ${login} занято. Выберите другое.`);
    return EXIT_FAILED;
  });
}

/**
 * `hub user add`: the first administrator comes from here, the others too until the console can add
 * them.
 */
export const command: Command = {
  name: "user",
  summary: "Завести пользователя консоли",
  usage: `add ИМЯ-ВХОДА --name «Фамилия И. О.» --role РОЛЬ [--district РАЙОН]…
  пароль берётся из переменной ${PASSWORD_VARIABLE}
  --role РОЛЬ         ${Object.keys(ROLES).join(", ")}
  --district РАЙОН    видит только этот район; можно повторить, без него — всю организацию
${STORE_USAGE}`,
  run,
};
