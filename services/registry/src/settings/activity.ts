import type { DescService } from "@bufbuild/protobuf";
import type { Clock, Micros } from "@signalbox/runtime/clock.ts";
import { type Id, toId } from "@signalbox/runtime/ids.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import type { Database } from "@signalbox/runtime/store/database.ts";
import type { RegistryTables } from "../tables.ts";
import { ensureRow, unchangedSettings } from "./store.ts";

const everyMicros: Micros = 60 * 1e6;

interface ActivityOptions {
  readonly database: Database<RegistryTables>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Makes handlers note when a person last called. It costs a statement once a minute and workspace, and no call fails by it. */
export function notingActivity({ database: { db, dialect }, clock, onError }: ActivityOptions) {
  const noted = new Map<string, Micros>();

  async function write(workspaceId: Id, now: Micros): Promise<void> {
    const own = db.updateTable("registry_settings").set({ activityTime: now }).where("workspaceId", "=", workspaceId);
    const { numUpdatedRows } = await own.where("id", "=", workspaceId).executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) return;
    await ensureRow(db, dialect, "registry_settings", { ...unchangedSettings(workspaceId, now), activityTime: now });
  }

  async function note({ caller }: Call): Promise<void> {
    if (caller?.kind !== "user" || !caller.workspace) return;
    const [now, last] = [clock(), noted.get(caller.workspace)];
    if (last !== undefined && now - last < everyMicros) return;
    noted.set(caller.workspace, now);
    await write(toId(caller.workspace), now).catch(onError);
  }

  type Handle = (request: unknown, call: Call) => Promise<unknown>;

  return <S extends DescService>(handlers: Handlers<S>): Handlers<S> => {
    const noting = Object.entries(handlers as Record<string, Handle>).map(([method, handle]): [string, Handle] => [
      method,
      async (request, call) => {
        await note(call);
        return handle(request, call);
      },
    ]);
    return Object.fromEntries(noting) as unknown as Handlers<S>;
  };
}
