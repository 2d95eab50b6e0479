import type { DescMethod } from "@bufbuild/protobuf";
import { newUuid } from "@signalbox/runtime/testing/world.ts";
import type { Known } from "./sample.ts";
import { organization, workspace } from "./scene.ts";

/** What only some creates need, and what makes their content another. */
export function special({ name }: DescMethod, known: Known): { readonly asked?: Known; readonly other?: Known } {
  switch (name) {
    case "CreateUser":
      return { asked: { password: "correct-horse-battery" }, other: { display_name: "other" } };
    case "CreateComponent":
      return { asked: { type: 6, connector: "" }, other: { labels: { other: "1" } } };
    case "CreateFlavor":
      return { asked: { type: 13 }, other: { display_name: "other" } };
    case "CreateStack":
      return { asked: { components: known.components } };
    case "CreateRoleBinding":
      return {
        asked: { principal: known.user, role: "workspace-viewer", scope: { organization, workspace } },
        other: { role: "workspace-admin" },
      };
    case "CreateBuild":
      return { other: { checksum: "other" } };
    case "CreateSnapshot":
      return { asked: { dynamic: true, configuration: { text: `{"made": "${newUuid()}"}` } }, other: { name: "other" } };
    case "CreateRun":
      return { asked: { running: true }, other: { orchestrator_run: "other" } };
    case "CreateVisualization":
      return { other: { uri: "s3://other" } };
    case "CreateCuratedVisualization":
      return { asked: { resource: newUuid(), display_name: "" }, other: { display_name: "other" } };
    case "CreateWaitCondition":
      return { other: { question: "other" } };
    case "CreateConnector":
      return { asked: { type: "azure", method: "implicit", secret: "", secrets: { client_secret: "canary" } } };
    case "CreateSecret":
      return { asked: { values: { key: "value" } } };
    default:
      return {};
  }
}
