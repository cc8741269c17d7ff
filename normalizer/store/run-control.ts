import type { OrganisationId, RunId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";

/** WORK: every hub takes chunks of it; PAUSE: nobody does, `hub bill` neither. */
export type Wanted = "WORK" | "PAUSE";

export async function setWanted(
  queryable: Queryable,
  run: RunId,
  wanted: Wanted,
  author: string,
): Promise<void> {
  await queryable.execute(
    `insert into run_control (run, wanted, author, at) values ($1, $2, $3, now())
     on conflict (run) do update set wanted = excluded.wanted, author = excluded.author,
       at = excluded.at`,
    [run, wanted, author],
  );
}

export async function isPaused(queryable: Queryable, run: RunId): Promise<boolean> {
  const [row] = await queryable.query(
    "select from run_control where run = $1 and wanted = 'PAUSE'",
    [run],
  );
  return row !== undefined;
}

/** A run that a hub has to go on with: open, wanted, and not complete or not checked yet. */
export interface WantedRun {
  readonly run: RunId;
  readonly organisation: OrganisationId;
}

/** The oldest first. */
export async function wantedRuns(queryable: Queryable): Promise<readonly WantedRun[]> {
  const rows = await queryable.query<{ id: string; organisation: number }>(
    `select r.id, r.organisation from run_control c join charge_run r on r.id = c.run
     where c.wanted = 'WORK'
       and not exists (select from run_event e where e.shard = $1 and e.run = r.id)
       and (exists (select from run_chunk k where k.run = r.id and k.state <> 'done')
         or not exists (select from run_check q where q.run = r.id))
     order by r.id`,
    [COMMON_SHARD],
  );
  return rows.map(({ id, organisation }) => ({
    run: integer(id) as RunId,
    organisation: organisation as OrganisationId,
  }));
}
