import { ArtifactVersionService } from "@signalbox/gen/signalbox/artifacts/v1/artifact_service_pb.ts";
import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { ServiceAccountService } from "@signalbox/gen/signalbox/identity/v1/service_account_service_pb.ts";
import { RoleBindingService } from "@signalbox/gen/signalbox/rbac/v1/role_service_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { PipelineService, SnapshotService } from "@signalbox/gen/signalbox/registry/v1/pipeline_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ReportService } from "@signalbox/gen/signalbox/runs/v1/report_service_pb.ts";
import { Status } from "@signalbox/gen/signalbox/runs/v1/run_pb.ts";
import { RunService } from "@signalbox/gen/signalbox/runs/v1/run_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Box } from "@signalbox/sdk";
import type { Ledger } from "./ledger.ts";
import type { Plane } from "./plane.ts";
import { organization, workspace } from "./scene.ts";

/** Who works, where. */
export interface Worker {
  readonly plane: Pick<Plane, "client" | "admin">;
  /** A token for the workspace. */
  readonly token: string;
  /** The project that runs are in, by name. */
  readonly project: string;
  readonly ledger: Ledger;
}

/** A run as whoever reported it knows it. */
export interface ReportedRun {
  readonly id: string;
  readonly outputs: readonly string[];
  readonly points: number;
}

export const steps = ["load", "train", "evaluate"] as const;
export const pointsOfStep = 20;

/** A pipeline with a snapshot, and a run of it that is reported call by call. */
export async function reportRun({ plane: { client }, token, project, ledger: { insist } }: Worker): Promise<ReportedRun> {
  const [pipeline, snapshot, run, reporter] = [newUuid(), newUuid(), newUuid(), newUuid()];
  const reports = client(ReportService, token);
  const outputs: string[] = [];
  await insist(`CreatePipeline ${pipeline}`, () =>
    client(PipelineService, token).createPipeline({ id: pipeline, project, name: `of-${pipeline}` }),
  );
  await insist(`CreateSnapshot ${snapshot}`, () =>
    client(SnapshotService, token).createSnapshot({ id: snapshot, project, pipeline, dynamic: true }),
  );
  await insist(`CreateRun ${run}`, () => client(RunService, token).createRun({ id: run, project, snapshot, running: true }));
  for (const [at, step] of steps.entries()) {
    const output = newUuid();
    outputs.push(output);
    await insist(`StartStep ${run}/${step}`, () => reports.startStep({ run, step }));
    await insist(`BatchReport ${run}/${step}`, () => reports.batchReport({ run, reporter, reports: reportsOf(step, at) }));
    await insist(`BatchCreateArtifactVersions ${output}`, () =>
      client(ArtifactVersionService, token).batchCreateArtifactVersions({
        project,
        versions: [{ id: output, artifact: `of-${step}`, uri: `file:///${output}` }],
      }),
    );
    const ended = { status: Status.COMPLETED, outputs: [{ name: "out", artifactVersion: output }] };
    await insist(`EndStep ${run}/${step}`, () => reports.endStep({ run, step, ended }));
  }
  await insist(`EndRun ${run}`, () => reports.endRun({ run, ended: { status: Status.COMPLETED } }));
  return { id: run, outputs, points: steps.length * pointsOfStep };
}

function reportsOf(step: string, at: number) {
  const points = Array.from({ length: pointsOfStep }, (_, index) => ({ name: "loss", index: BigInt(index), value: 1 / (index + 1) }));
  const values = { rows: { kind: { case: "integer" as const, value: 344n } } };
  return [
    { sequence: BigInt(at * 2 + 1), step, change: { case: "metrics" as const, value: { points } } },
    { sequence: BigInt(at * 2 + 2), step, change: { case: "metadata" as const, value: { values } } },
  ];
}

/** The same by the SDK, whose reports go by the stream. It hears of no failure at all. */
export async function streamRun(box: Box, pipeline: string): Promise<ReportedRun> {
  const run = await box.startRun({ pipeline });
  const outputs: string[] = [];
  for (const name of steps) {
    await run.step(name, (step) => {
      for (let index = 0; index < pointsOfStep; index++) step.metric("loss", 1 / (index + 1), index);
      step.metadata({ rows: 344 });
      outputs.push(step.save(`of-${name}`, { name, run: run.id }).id);
    });
  }
  await run.finish();
  return { id: run.id, outputs, points: steps.length * pointsOfStep };
}

/** What is to be there after {@link changeEntities}, and what is to be gone. */
export interface Entities {
  readonly project: string;
  readonly model: string;
  readonly deletedSecret: string;
  readonly secret: string;
  readonly account: string;
  readonly binding: string;
  readonly deletedBinding: string;
}

export const described = "changed";

/** One of many kinds is created, changed and deleted. */
export async function changeEntities({ plane: { client, admin }, token, project, ledger: { insist } }: Worker): Promise<Entities> {
  const [made, model, secret, deletedSecret, account, binding, deletedBinding] = Array.from({ length: 7 }, () => newUuid()) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [projects, secrets] = [client(ProjectService, token), client(SecretService, token)];
  const bindings = client(RoleBindingService, admin);
  await insist(`CreateProject ${made}`, () => projects.createProject({ id: made, name: `made-${made}` }));
  await insist(`UpdateProject ${made}`, () => projects.updateProject({ project: made, description: described }));
  await insist(`CreateModel ${model}`, () => client(ModelService, token).createModel({ id: model, project, name: `made-${model}` }));
  for (const id of [secret, deletedSecret]) {
    const values = { password: `of-${id}` };
    await insist(`CreateSecret ${id}`, () => secrets.createSecret({ id, name: `made-${id}`, values }));
  }
  await insist(`UpdateSecret ${secret}`, () => secrets.updateSecret({ secret, values: { more: described } }));
  await insist(`DeleteSecret ${deletedSecret}`, () => secrets.deleteSecret({ secret: deletedSecret }));
  await insist(`CreateServiceAccount ${account}`, () =>
    client(ServiceAccountService, admin).createServiceAccount({ id: account, organization, name: `made-${account}` }),
  );
  const scope = { organization, workspace };
  await insist(`CreateRoleBinding ${binding}`, () =>
    bindings.createRoleBinding({ id: binding, principal: account, role: "workspace-viewer", scope }),
  );
  await insist(`CreateRoleBinding ${deletedBinding}`, () =>
    bindings.createRoleBinding({ id: deletedBinding, principal: account, role: "workspace-developer", scope }),
  );
  await insist(`DeleteRoleBinding ${deletedBinding}`, () => bindings.deleteRoleBinding({ roleBinding: deletedBinding }));
  return { project: made, model, secret, deletedSecret, account, binding, deletedBinding };
}
