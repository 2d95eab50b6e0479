import type { Component } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { ComponentService } from "@signalbox/gen/signalbox/registry/v1/stack_service_pb.ts";
import type { Context } from "../context.ts";
import { ExitCode } from "../exit-code.ts";
import { CommandError } from "../failure.ts";
import { splitReference, typeName } from "./component-types.ts";

/** The component that people named: by id or name, or by type and name. Fails with NOT_FOUND. */
export async function findComponent(context: Context, reference: string): Promise<Component> {
  const { type, name } = splitReference(reference);
  const { client } = context.connect();
  if (type === undefined) {
    const { component } = await client(ComponentService).getComponent({ component: name });
    if (component) return component;
  } else {
    const filter = `type = ${typeName(type).toUpperCase()} AND name = "${name.replaceAll(/[\\"*]/g, "\\$&")}"`;
    const { components } = await client(ComponentService).listComponents({ filter, pageSize: 1 });
    if (components[0]) return components[0];
  }
  throw new CommandError({ exitCode: ExitCode.NOT_FOUND, reason: "NOT_FOUND", message: `there is no component ${reference}` });
}
