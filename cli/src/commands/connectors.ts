import type { Command } from "commander";
import type { Act } from "../act.ts";
import { showTypes } from "./connector-types.ts";
import { examples } from "./list-options.ts";

/** `connectors types`. */
export function addConnectors(program: Command, act: Act): void {
  const connectors = program.command("connectors").description("what gives steps access to clouds, clusters and registries");
  connectors
    .command("types [type] [method]")
    .description("list what connectors can be; of a type its methods and resources, of a method the JSON Schema of its settings")
    .addHelpText("after", examples("connectors types", "connectors types aws", "connectors types aws iam-role"))
    .action(act((context, _options, type, method) => showTypes(context, type, method)));
}
