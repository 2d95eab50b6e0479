import type { DescMethod } from "@bufbuild/protobuf";
import { accessOf, isRead, permissionOf } from "../../runtime/src/contract/policy-of.ts";
import { describe, firstSentence } from "./comments.ts";
import { refTo, type Schema } from "./schema.ts";

const parameter = (name: string): Schema => ({ $ref: `#/components/parameters/${name}` });
const inQuery = (name: string, schema: Schema): Schema => ({ name, in: "query", required: true, schema });

/** The ways to call a method by Connect's protocol: POST, and GET where it changes nothing. */
export function operationsOf(method: DescMethod, inWorkspace: boolean): Schema {
  const message = { schema: refTo(method.input.typeName) };
  const unary = method.methodKind === "unary";
  const mediaType = unary ? "application/json" : "application/connect+json";
  const shared = operation(method, inWorkspace, mediaType);
  return {
    post: {
      operationId: `${method.parent.typeName}.${method.name}`,
      ...shared,
      requestBody: { required: true, content: { [mediaType]: message } },
    },
    ...(unary &&
      isRead(method) && {
        get: {
          operationId: `${method.parent.typeName}.${method.name}.get`,
          ...shared,
          parameters: [
            ...(shared.parameters as readonly Schema[]),
            inQuery("encoding", { const: "json" }),
            { name: "message", in: "query", required: true, content: { "application/json": message } },
          ],
        },
      }),
  };
}

function operation(method: DescMethod, inWorkspace: boolean, mediaType: string): Schema {
  const description = describe(method);
  const open = accessOf(method).rule.case === "public";
  return {
    tags: [method.parent.typeName],
    summary: firstSentence(description),
    description: [description, mayCall(method), streams[method.methodKind]].filter(Boolean).join("\n\n"),
    ...(open && { security: [] }),
    ...(method.proto.options?.deprecated && { deprecated: true }),
    parameters: [...(inWorkspace && !open ? [parameter("Workspace")] : []), parameter("Timeout")],
    responses: {
      "200": { description: describe(method.output), content: { [mediaType]: { schema: refTo(method.output.typeName) } } },
      default: { $ref: "#/components/responses/Failure" },
    },
  };
}

function mayCall(method: DescMethod): string {
  const { rule, runToken } = accessOf(method);
  const permission = permissionOf(method);
  const who = permission
    ? `Needs the permission \`${permission.type}.${permission.action}\`.`
    : rule.case === "public"
      ? "Anyone may call it."
      : "Anyone who is signed in may call it.";
  return runToken ? `${who} A run token may call it for its run.` : who;
}

const envelope =
  "Each message stands in an envelope of Connect's protocol, which OpenAPI cannot describe: a byte of flags and four of length.";
const streams: Readonly<Record<DescMethod["methodKind"], string>> = {
  unary: "",
  server_streaming: `The answer is a stream of such messages. ${envelope}`,
  client_streaming: `The request is a stream of such messages. ${envelope}`,
  bidi_streaming: `Request and answer are streams of such messages, over HTTP/2. ${envelope}`,
};
