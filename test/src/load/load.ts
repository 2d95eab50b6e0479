import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { sleep } from "@signalbox/runtime/rpc/sleep.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import { openConnection } from "@signalbox/sdk";
import { machine, openTestBox } from "../developer.ts";
import { type Plane, signIn } from "../plane.ts";
import { enter, workspace } from "../scene.ts";
import { administer } from "./administer.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { orchestrate } from "./orchestrate.ts";
import { track } from "./track.ts";

/** Clients at work. */
export interface Load {
  readonly ledger: Ledger;
  /** The project that it all lies in, by name. */
  readonly project: string;
  /** Lets everyone finish what they are at, to the last acknowledgement. */
  end(): Promise<void>;
}

export interface LoadOptions {
  /** How many programs track runs by the SDK; 2 unless told. Beside them are one orchestrator and one administrator. */
  readonly trackers?: number;
}

type Loaded = Pick<Plane, "url" | "client" | "admin">;

/** What a worker does again and again; what it throws is noted already. */
type Turn = (round: number) => Promise<void>;

/** A pause between two turns, so that a load is a load and not a benchmark. */
const pauseMs = 150;

/**
 * Starts clients of the SDK, bounded in number, that start runs, report steps with metrics, facts and outputs over the
 * stream and by single calls, and change things in every service; all of it is in the ledger once it was acknowledged.
 */
export async function startLoad(plane: Loaded, { trackers = 2 }: LoadOptions = {}): Promise<Load> {
  const { url, client } = plane;
  const project = `load-${newUuid().slice(-8)}`;
  await client(ProjectService, await enter(plane, plane.admin, workspace)).createProject({ name: project });
  const { key } = await machine(plane, "workspace-developer");
  const ledger = openLedger();
  const boxes = Array.from({ length: trackers }, () => openTestBox(url, key, project));
  const orchestrator = openConnection({ url, credential: key });
  const administrator = openConnection({ url, credential: signedIn(plane), workspace });
  const turns: Turn[] = [
    ...boxes.map(
      (box, at): Turn =>
        (round) =>
          track(box, ledger, `pipeline-${at}`, round),
    ),
    await orchestrate(orchestrator, ledger, project),
    administer(administrator, ledger),
  ];
  let ending = false;
  const working = turns.map(async (turn) => {
    for (let round = 1; !ending; round++) {
      await turn(round).catch(() => undefined);
      await sleep(pauseMs);
    }
  });
  return {
    ledger,
    project,
    async end() {
      ending = true;
      await Promise.all(working);
      for (const each of [...boxes, orchestrator, administrator]) each.close();
    },
  };
}

/** The administrator, who signs in again when a session is over. */
function signedIn({ client, admin }: Loaded): (expired?: string) => Promise<string> {
  let token = admin;
  return async (expired) => {
    if (token === expired) token = await signIn(client);
    return token;
  };
}
