import { createFileRegistry, type DescEnum, type DescMessage, type DescMethod, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { accessOf, nameOf } from "../../runtime/src/contract/policy-of.ts";
import { contract, everyService, planeOf, serviceNames } from "../../runtime/src/contract/services.ts";
import { describe } from "./comments.ts";
import { failureSchemas } from "./failures.ts";
import { operationsOf } from "./operations.ts";
import { enumSchema, messageSchema, refTo, type Schema } from "./schema.ts";

/**
 * The contract as an OpenAPI 3.1 document: every method that outsiders may
 * call, over Connect with JSON. Takes the contract as `buf build` writes it,
 * because generated code has no comments.
 */
export function openApiDocument(image: Uint8Array, version: string): Schema {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const services = everyService.map(({ typeName }) => need(registry.getService(typeName), typeName));
  const methods = services.flatMap((service) => service.methods).filter((method) => accessOf(method).rule.case !== "internal");
  const spoken = new Set(methods.map(({ parent }) => parent));
  return {
    openapi: "3.1.1",
    info: { title: "Signalbox", version, description, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    tags: [...spoken].map((service) => ({ name: service.typeName, description: describe(service) })),
    paths: Object.fromEntries(methods.map((method) => [`/${nameOf(method)}`, operationsOf(method, inWorkspace(method))])),
    components: {
      schemas: { ...failureSchemas(need(registry.getEnum("signalbox.errors.v1.Reason"), "Reason")), ...schemasOf(methods) },
      parameters,
      responses: { Failure: { description: "The call failed.", content: { "application/json": { schema: refTo("Failure") } } } },
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: credentials } },
    },
  };
}

const description = `Control plane and workspace server for ML pipelines.

Every method is called by POST with JSON, and those that change nothing by GET, too. Messages are ProtoJSON: fields that are empty are
left out, numbers of 64 bits are text, and bytes are base64. The same methods are answered over gRPC and gRPC-Web.`;
const credentials = "An API key, a personal access token, a run token, or the access token that AuthService.SignIn answers with.";
const parameters: Schema = {
  Workspace: {
    ...{ name: "Signalbox-Workspace", in: "header", schema: { type: "string" } },
    description: "The workspace, by id or name, for those who may enter several.",
  },
  Timeout: {
    ...{ name: "Connect-Timeout-Ms", in: "header", schema: { type: "string", pattern: "^[0-9]{1,10}$" } },
    description: "Milliseconds until the call fails with DEADLINE_EXCEEDED.",
  },
};

const inWorkspace = ({ parent }: DescMethod): boolean =>
  serviceNames.some((name) => planeOf[name] === "workspace" && contract[name].some(({ typeName }) => typeName === parent.typeName));

/** The messages and enumerations that the methods speak of, by name; what a request may hold is closed. */
function schemasOf(methods: readonly DescMethod[]): Readonly<Record<string, Schema>> {
  const asked = reached(methods.map(({ input }) => input));
  const all = reached(methods.flatMap(({ input, output }) => [input, output]));
  const named = [...all].sort((a, b) => (a.typeName < b.typeName ? -1 : 1));
  return Object.fromEntries(
    named.map((type) => [type.typeName, type.kind === "enum" ? enumSchema(type) : messageSchema(type, asked.has(type))]),
  );
}

function reached(roots: readonly DescMessage[]): ReadonlySet<DescMessage | DescEnum> {
  const seen = new Set<DescMessage | DescEnum>();
  const visit = (message: DescMessage) => {
    if (seen.has(message) || message.typeName.startsWith("google.protobuf.")) return;
    seen.add(message);
    for (const field of message.fields) {
      if (field.enum) seen.add(field.enum);
      if (field.message) visit(field.message);
    }
  };
  roots.forEach(visit);
  return seen;
}

function need<T>(found: T | undefined, name: string): T {
  if (!found) throw new Error(`the contract has no ${name}`);
  return found;
}
