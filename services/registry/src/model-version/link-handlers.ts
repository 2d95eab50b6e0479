import type { ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { fieldInvalid } from "@signalbox/runtime/errors.ts";
import { toUuid } from "@signalbox/runtime/ids.ts";
import { grantedId } from "@signalbox/runtime/resource/granted.ts";
import { pageOf } from "@signalbox/runtime/resource/lists.ts";
import type { Call } from "@signalbox/runtime/rpc/call.ts";
import type { Handlers } from "@signalbox/runtime/rpc/handler.ts";
import { callerId, workspaceOf } from "@signalbox/runtime/rpc/workspace.ts";
import type { Context } from "../context.ts";
import { listOf } from "../list-of.ts";
import { addArtifacts, artifactLinks, removeArtifacts, toModelArtifact } from "./artifacts.ts";
import { addRuns, removeRuns, runLinks, toModelRun } from "./runs.ts";

type Links = "addModelArtifacts" | "removeModelArtifacts" | "listModelArtifacts" | "addModelRuns" | "removeModelRuns" | "listModelRuns";

/** What is linked to versions of models, without bound. */
export function linkHandlers(context: Context): Pick<Handlers<typeof ModelVersionService>, Links> {
  const { mutate, clock, policy } = context;
  const placeOf = (call: Call) => ({ workspaceId: workspaceOf(call), id: grantedId(call), by: callerId(call), now: clock() });

  /** What is to be taken off. Fails with FIELD_INVALID where nothing is said. */
  function named(links: readonly string[], all: boolean, field: string): readonly string[] | "all" {
    if (all) return "all";
    if (links.length === 0) throw fieldInvalid(field, "names nothing; to take all off, ask for all");
    return links;
  }

  return {
    async addModelArtifacts({ artifacts }, call) {
      const place = placeOf(call);
      const rows = await mutate(call, { subject: toUuid(place.id) }, (trx) => addArtifacts(trx, place, artifacts));
      return { artifacts: rows.map((row) => toModelArtifact(row, policy)) };
    },

    async removeModelArtifacts({ artifacts, all }, call) {
      const [place, links] = [placeOf(call), named(artifacts, all, "artifacts")];
      const removed = await mutate(call, { subject: toUuid(place.id) }, (trx) => removeArtifacts(trx, place, links));
      return { removed: BigInt(removed) };
    },

    async listModelArtifacts(request, call) {
      const { rows, ...page } = await listOf(context, call, request, artifactLinks(policy));
      return { artifacts: rows.map((row) => toModelArtifact(row, policy)), ...pageOf(page) };
    },

    async addModelRuns({ runs }, call) {
      const place = placeOf(call);
      const rows = await mutate(call, { subject: toUuid(place.id) }, (trx) => addRuns(trx, place, runs));
      return { runs: rows.map((row) => toModelRun(row, policy)) };
    },

    async removeModelRuns({ runs, all }, call) {
      const [place, links] = [placeOf(call), named(runs, all, "runs")];
      const removed = await mutate(call, { subject: toUuid(place.id) }, (trx) => removeRuns(trx, place, links));
      return { removed: BigInt(removed) };
    },

    async listModelRuns(request, call) {
      const { rows, ...page } = await listOf(context, call, request, runLinks(policy));
      return { runs: rows.map((row) => toModelRun(row, policy)), ...pageOf(page) };
    },
  };
}
