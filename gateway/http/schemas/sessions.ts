import { type Static, Type } from "typebox";
import { ROLES } from "../../access/roles.ts";
import { literals, object, orNull } from "./common.ts";

export const LoginBody = object({
  login: Type.String({ minLength: 1, maxLength: 64 }),
  password: Type.String({ minLength: 1, maxLength: 256 }),
});
export const Me = object({
  login: Type.String(),
  name: Type.String(),
  role: literals(Object.keys(ROLES) as (keyof typeof ROLES)[]),
  roleName: Type.String(),
  districts: orNull(Type.Array(Type.String())),
  csrfToken: Type.String(),
});

export type MeAnswer = Static<typeof Me>;
