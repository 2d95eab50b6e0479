import { CodeRepositoryService } from "@signalbox/gen/signalbox/registry/v1/code_repository_pb.ts";
import { ModelService } from "@signalbox/gen/signalbox/registry/v1/model_service_pb.ts";
import { expect, test } from "vitest";
import { inWorkspace } from "./declared.ts";
import type { ResourceRow } from "./row.ts";
import { type StandardNeeds, standard } from "./standard.ts";
import { spellings } from "./standard-methods.ts";

interface Tables {
  model: ResourceRow & { name: string; description: string; license: string; latestNumber: number };
}

const needs = { database: {} } as StandardNeeds<Tables>;
const of = { service: ModelService, name: "Model", table: "model", scope: inWorkspace, fields: () => ({}) } as const;

/** What models have beside. */
const beside = {
  ...{ audience: "", useCases: "", limitations: "", tradeOffs: "", ethics: "", saveToRegistry: false },
  ...{ tags: [], aliases: [], latestVersion: "", latestVersionName: "" },
};

test("a resource has those of the standard methods that its service has", () => {
  const handlers = standard(needs, {
    ...of,
    row: ({ name, description, license }) => ({ name, description, license, latestNumber: 0 }),
    message: ({ name, description, license, latestNumber }) => ({ ...beside, name, description, license, latestNumber }),
    changes: ["name"],
  });
  expect(Object.keys(handlers)).toEqual(["createModel", "getModel", "listModels", "updateModel", "deleteModel"]);
  expect(CodeRepositoryService.method).toHaveProperty(`list${spellings("CodeRepository").Many}`);
});

test("what is forgotten does not compile", () => {
  const complete = { ...of, message: () => ({ ...beside, name: "", description: "", license: "", latestNumber: 0 }) };
  const row = () => ({ name: "", description: "", license: "", latestNumber: 0 });
  // @ts-expect-error: a column has no value
  standard(needs, { ...complete, row: () => ({ name: "", description: "", license: "" }), changes: ["name"] });
  // @ts-expect-error: a field of the message has no answer
  standard(needs, { ...complete, row, message: () => ({ name: "", description: "", license: "" }), changes: ["name"] });
  // @ts-expect-error: a change is no field of the request
  standard(needs, { ...complete, row, changes: ["latestNumber"] });
  // @ts-expect-error: nothing is said of what an update may change
  standard(needs, { ...complete, row });
  // @ts-expect-error: there is no such resource
  expect(() => standard(needs, { ...complete, name: "Modell", row, changes: ["name"] })).toThrow("no method getModell");
});
