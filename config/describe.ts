import type { TSchema } from "typebox";
import { HubConfig } from "./schema.ts";

interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
}

/** config/README.md from the schema, so that the two cannot differ. */
export function describeConfig(): string {
  return [
    "# hub.yaml",
    "",
    "Generated from `config/schema.ts` by `npm run config-readme`. The file is `config/hub.yaml` or what",
    "`HUB_CONFIG` names; `hub.example.yaml` is one to copy. Unknown keys are refused; every problem of the file is",
    "reported at once, with its path. Secrets never stand in the file: it names environment variables.",
    "",
    "| key | type | default | meaning |",
    "|---|---|---|---|",
    ...rows(HubConfig as TSchema as SchemaNode, ""),
    "",
    "| environment | meaning |",
    "|---|---|",
    "| `DATABASE_URL` | the hub's database role; unset: the embedded PostgreSQL in the data folder |",
    "| `DATABASE_OWNER_URL` | the owner's role, for `hub migrate` and run tables |",
    "| `HUB_CONFIG` | path of the configuration file |",
    "| what `secretEnvironment` names | the secret of that channel's sender |",
    "",
  ].join("\n");
}

function rows(node: SchemaNode, path: string): string[] {
  const result: string[] = [];
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const key = `${path}${name}`;
    const required = node.required?.includes(name) ?? false;
    result.push(
      `| \`${key}\` | ${typeOf(child)} | ${defaultOf(child, required)} | ${textOf(child)} |`,
    );
    result.push(...rows(child, `${key}.`));
    if (child.items !== undefined) result.push(...rows(child.items, `${key}[].`));
  }
  return result;
}

function typeOf(node: SchemaNode): string {
  const range =
    node.minimum === undefined
      ? ""
      : `, ${node.minimum}–${node.maximum === undefined ? "" : node.maximum}`;
  return `${node.type ?? "any"}${range}`;
}

function defaultOf(node: SchemaNode, required: boolean): string {
  if (required) return "required";
  return node.default === undefined ? "–" : `\`${JSON.stringify(node.default)}\``;
}

function textOf(node: SchemaNode): string {
  return node.description ?? "";
}

if (process.argv[1] === import.meta.filename) process.stdout.write(describeConfig());
