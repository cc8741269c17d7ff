import type { Environment } from "../../adapters/contract.ts";
import { TARGETS } from "../../adapters/registry.ts";
import type { ChannelConfig, DeliveryConfig } from "../../config/schema.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { checkProfile } from "../intake/profile.ts";
import type { DeliveryLimits, Destination } from "./destination.ts";
import { PROJECTIONS } from "./projections.ts";

/**
 * Opens the destinations of the configured channels: those whose kind is in TARGETS and whose settings send.
 *
 * @param problems gets what the operator must mend, with its path; a channel with a problem is left out
 */
export async function openDestinations(
  configs: readonly ChannelConfig[],
  environment: Environment,
  problems: string[],
): Promise<readonly Destination[]> {
  const destinations: Destination[] = [];
  const only = new Map<string, string>();
  for (const [index, config] of configs.entries()) {
    const load = TARGETS[config.kind];
    const place = `/channels/${index}`;
    if (load === undefined) {
      if (config.delivery !== undefined) problems.push(`${place}/delivery: edge does not send`);
      continue;
    }
    const { target } = await load();
    const checked = checkProfile(target.configSchema, config.settings);
    const limits = limitsOf(config.delivery ?? {}, `${place}/delivery`, problems);
    if (!checked.ok) {
      problems.push(...checked.problems.map((problem) => `${place}/settings${problem}`));
    }
    if (!checked.ok || limits === null) continue;
    if (target.isOut?.(checked.value) === false) {
      if (config.delivery !== undefined) problems.push(`${place}/delivery: settings do not send`);
      continue;
    }
    const name = `${config.kind} of ${config.organisation}`;
    const other = only.get(name);
    if (target.onePerOrganisation === true && other !== undefined) {
      problems.push(`${place}/settings: channel ${other} sends the same already; it may go once`);
      continue;
    }
    only.set(name, config.id);
    const projection = (await PROJECTIONS[config.kind]?.())?.projection ?? null;
    destinations.push({
      id: config.id,
      organisation: config.organisation as OrganisationId,
      target,
      open: await target.open(checked.value, environment),
      projection,
      limits,
    });
  }
  return destinations;
}

const ms = (seconds: number) => Math.round(seconds * 1000);

/** The defaults stand in config/schema.ts, where the operator reads them; these are the same. */
export function limitsOf(
  config: DeliveryConfig,
  place: string,
  problems: string[],
): DeliveryLimits | null {
  const name = config.zone ?? "Europe/Moscow";
  let zone: DeliveryLimits["zone"];
  try {
    zone = slotTableOf(name);
  } catch (error) {
    problems.push(`${place}/zone: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
  return {
    zone,
    windows: config.windows ?? [],
    concurrency: config.concurrency ?? 4,
    messagesPerMinute: config.messagesPerMinute ?? null,
    breakerFailures: config.breakerFailures ?? 5,
    breakerRestMs: ms(config.breakerRestSeconds ?? 30),
    breakerRestMsMax: ms(config.breakerRestSecondsMax ?? 1800),
    retryMs: ms(config.retrySeconds ?? 5),
    retryMsMax: ms(config.retrySecondsMax ?? 900),
    maintenanceRestMs: ms(config.maintenanceRestSeconds ?? 900),
    readBackMs: ms(config.readBackSeconds ?? 60),
    pollDelaysMs: config.pollDelaysSeconds?.map(ms) ?? null,
  };
}
