import { parseArgs } from "node:util";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { addUser } from "../../normalizer/store/access.ts";
import { openStore } from "../../normalizer/store/open.ts";
import { hashPassword, PASSWORD_LENGTH_MIN } from "../access/passwords.ts";
import { isRole, ROLES } from "../access/roles.ts";
import type { Command, CommandContext } from "../command.ts";
import { EXIT_FAILED, EXIT_OK, UsageError } from "../command.ts";

const PASSWORD_VARIABLE = "HUB_USER_PASSWORD";
const LOGIN = /^[a-z][a-z0-9._-]{1,62}$/;

interface Given {
  readonly login: string;
  readonly name: string;
  readonly role: keyof typeof ROLES;
  readonly organisation: OrganisationId;
  readonly districts: readonly string[] | null;
  readonly folder: string;
  readonly json: boolean;
}

function given(args: readonly string[]): Given {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: "string" },
      role: { type: "string" },
      organisation: { type: "string" },
      district: { type: "string", multiple: true },
      data: { type: "string" },
      json: { type: "boolean" },
    },
  });
  const [action, login] = positionals;
  if (action !== "add" || positionals.length !== 2 || login === undefined) {
    throw new UsageError("Нужно: add ИМЯ-ВХОДА");
  }
  if (!LOGIN.test(login)) {
    throw new UsageError(`Имя входа «${login}»: латинские строчные буквы, цифры, точка, дефис`);
  }
  const { name, role, organisation } = values;
  if (name === undefined || role === undefined || !isRole(role)) {
    throw new UsageError(`Нужны --name и --role (${Object.keys(ROLES).join(", ")})`);
  }
  if (organisation === undefined || !/^[1-9]\d*$/.test(organisation)) {
    throw new UsageError("Нужен --organisation: номер организации");
  }
  return {
    login,
    name,
    role,
    organisation: Number(organisation) as OrganisationId,
    districts: values.district ?? null,
    folder: values.data ?? "data",
    json: values.json === true,
  };
}

async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { login, name, role, organisation, districts, folder, json } = given(args);
  // A password on the command line would stay in the history of the shell and in the list of processes.
  const password = context.environment[PASSWORD_VARIABLE] ?? "";
  if (password.length < PASSWORD_LENGTH_MIN) {
    throw new UsageError(
      `Задайте пароль в переменной ${PASSWORD_VARIABLE}, не короче ${PASSWORD_LENGTH_MIN} знаков`,
    );
  }
  const store = await openStore(context.environment, {
    folder,
    application: "hub user",
    connectionsMax: 1,
    say: context.note,
  });
  try {
    const passwordHash = await hashPassword(password);
    const actor = { organisation, login: "cli", address: "cli" };
    const user = { login, name, role, districts, passwordHash };
    const added = await addUser(store.hub, actor, user);
    if (json) context.out(JSON.stringify({ login, role, organisation, districts, added }));
    else if (added) context.out(`Пользователь ${login} заведён: ${name}, ${ROLES[role]}.`);
    if (added) return EXIT_OK;
    context.note(`Имя входа ${login} занято. Выберите другое.`);
    return EXIT_FAILED;
  } finally {
    await store.close();
  }
}

/** `hub user add`: the first administrator comes from here, the others too until the console can add them. */
export const command: Command = {
  name: "user",
  summary: "Завести пользователя консоли",
  usage:
    "add ИМЯ-ВХОДА --name «Фамилия И. О.» --role РОЛЬ --organisation НОМЕР" +
    " [--district РАЙОН]… [--data ПАПКА] [--json]",
  run,
};
