import { SecretService } from "@signalbox/gen/signalbox/credentials/v1/secret_service_pb.ts";
import { UserService } from "@signalbox/gen/signalbox/identity/v1/user_service_pb.ts";
import { ModelService, ModelVersionService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { ProjectService } from "@signalbox/gen/signalbox/registry/v1/project_service_pb.ts";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Plane } from "./plane.ts";
import { enter, organization, workspace } from "./scene.ts";
import { aboutRuns, awkwardJson } from "./story-of-a-run.ts";
import type { Tell } from "./telling.ts";

/** Names that engines like to confuse: by case, by accent, by composition, by what a pattern means, by length. */
const names = [
  ...[
    "alpha",
    "Alpha",
    "ALPHA",
    "al",
    "alphabet",
    "\u00e9t\u00e9",
    "e\u0301te\u0301",
    "ete",
    "Stra\u00dfe",
    "Strasse",
    "\u{1f600}",
    "\u{1f601}",
    "\uffee",
  ],
  ...[
    "a%b",
    "a_b",
    "a*b",
    "aXb",
    `quote"'\\\``,
    "\u0131",
    "i",
    "I",
    "\u0130",
    "z".repeat(255),
    "\u{1f600}".repeat(120),
    "10",
    "9",
    "a b",
    "a\u00a0b",
  ],
];

/** One long story, told call by call. What comes of it must not depend on the database. */
export async function story(plane: Plane, tell: Tell): Promise<void> {
  const token = await enter(plane, plane.admin, workspace);
  const project = newUuid();
  await tell("project", () =>
    plane.client(ProjectService, token).createProject({ id: project, name: "story", description: "\u{1f600}".repeat(2_000) }),
  );
  await aboutNames(plane, token, project, tell);
  await aboutPeople(plane, tell);
  await aboutSecrets(plane, token, tell);
  await aboutRuns(plane, token, project, tell);
}

async function aboutNames({ client }: Plane, token: string, project: string, tell: Tell): Promise<void> {
  const models = client(ModelService, token);
  const ids = new Map<string, string>();
  for (const name of names) {
    const id = newUuid();
    ids.set(name, id);
    await tell(`model ${name}`, () => models.createModel({ id, project, name, description: name.toUpperCase() }));
    await tell(`model ${name} again`, () => models.createModel({ id, project, name, description: name.toUpperCase() }));
    await tell(`model ${name} by another id`, () => models.createModel({ project, name }));
    await tell(`model ${name} found`, () => models.getModel({ project, model: name }));
  }
  const alpha = { model: ids.get("alpha") ?? "", project };
  for (const change of [
    { description: "" },
    { name: "Alpha" },
    { name: "alpha" },
    { license: "x".repeat(300) },
    { description: "\u{1f600}".repeat(4_096) },
  ]) {
    await tell(`update ${JSON.stringify(change).slice(0, 40)}`, () =>
      models.updateModel({ ...alpha, ...change, updateMask: { paths: Object.keys(change) } }),
    );
  }
  await tell("update by an old etag", () => models.updateModel({ ...alpha, description: "late", etag: "r1" }));
  const filters = [
    ...[
      "",
      'name = "alpha"',
      'name = "ALPHA"',
      'name = "al*"',
      'name = "Al*"',
      'name != "al*"',
      'name > "a"',
      'name <= "alpha"',
      'name = "a\\*b"',
      'name = "a%*"',
    ],
    ...[
      'name = "\u{1f600}*"',
      'name >= "\uffee"',
      'name = "\u00e9*"',
      'name = "e*"',
      'name = "i"',
      'name = "10"',
      'description = ""',
      'name = ""',
    ],
    ...[
      "owner = admin",
      'owner = "Admin"',
      "create_time > 2020-01-01",
      "create_time > -1h AND name = i",
      "create_time < -1h",
      "id = nonsense",
      'name = "x',
    ],
  ];
  for (const filter of filters) {
    for (const orderBy of ["name", "name desc"]) {
      await tell(`list ${filter} by ${orderBy}`, () => models.listModels({ project, filter, orderBy, pageSize: 1000, includeTotal: true }));
    }
  }
  await tell("newest first", () => models.listModels({ project, pageSize: 5 }));
  const versions = client(ModelVersionService, token);
  for (const name of ["v1", "V1", "", "1", "\u{1f600}"]) {
    await tell(`version ${name}`, () =>
      versions.createModelVersion({
        project,
        model: "alpha",
        name,
        metadata: { Key: { kind: { case: "text", value: name } }, key: { kind: { case: "flag", value: true } } },
      }),
    );
  }
  await tell("versions", () => versions.listModelVersions({ project, model: "alpha", orderBy: "number desc" }));
  await tell("delete what is in use or not", () => models.deleteModel({ ...alpha }));
  const components = client(ComponentService, token);
  const labels = { Key: "Value", key: "value", "\u{1f600}": "", "e\u0301": "1", "\u00e9": "2" };
  await tell("labels", () =>
    components.createComponent({
      name: "labelled",
      type: ComponentType.ORCHESTRATOR,
      flavor: "local",
      configuration: { text: awkwardJson },
      labels,
    }),
  );
  for (const label of ["Key", "key", "KEY", "\u{1f600}", "e\u0301"]) {
    await tell(`labelled ${label}`, () => components.listComponents({ filter: `label:"${label}"` }));
    await tell(`labels ${label}`, () => components.listComponents({ filter: `labels:"${label}"` }));
  }
}

async function aboutPeople({ client, admin }: Plane, tell: Tell): Promise<void> {
  const users = client(UserService, admin);
  for (const userName of ["Ada", "ada", "ADA", "a_a", "a-a"]) {
    await tell(`user ${userName}`, () =>
      users.createUser({ organization, userName, password: "a-password-for-tests", displayName: "\u00c4d\u00e4 \u{1f600}" }),
    );
  }
  for (const filter of ["", "user_name = ada", "user_name = a*", "user_name = A*"]) {
    await tell(`users ${filter}`, () => users.listUsers({ organization, filter, orderBy: "user_name" }));
  }
}

async function aboutSecrets({ client }: Plane, token: string, tell: Tell): Promise<void> {
  const secrets = client(SecretService, token);
  const id = newUuid();
  const values = { PASSWORD: "\u{1f600}\r\n\t ' \\ \"", password: "x".repeat(60_000), Password: " " };
  await tell("secret", () => secrets.createSecret({ id, name: "Secret", values }));
  await tell("secret again", () => secrets.createSecret({ id, name: "Secret", values }));
  await tell("secret in small letters", () => secrets.createSecret({ name: "secret", values: { a: "b" } }));
  await tell("secret without a key", () => secrets.updateSecret({ secret: id, removeKeys: ["password"] }));
  await tell("its values", () => secrets.readSecretValues({ secret: id }));
}
