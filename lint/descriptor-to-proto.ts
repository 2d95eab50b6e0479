import { createRegistry, type DescFile } from "@bufbuild/protobuf";
import { Edition, FileOptionsSchema, MethodOptionsSchema, type ServiceDescriptorProto, ServiceOptionsSchema } from "@bufbuild/protobuf/wkt";
import { type Context, enumText, extensionText, messageText } from "./proto-declarations.ts";
import { asStatements, optionsOf, quoted } from "./proto-options.ts";

/**
 * The source of a .proto file, from the descriptor that generated code carries.
 * Compiled again it gives the same descriptor; comments are lost, since generated code has none.
 */
export function protoText(file: DescFile): string {
  const { proto } = file;
  const registry = createRegistry(file, ...file.dependencies);
  const context: Context = {
    extensions: [...registry].filter((descriptor) => descriptor.kind === "extension"),
    labelled: proto.syntax !== "proto3" && proto.syntax !== "editions",
  };
  const imports = proto.dependency.map((path, i) => `import ${proto.publicDependency.includes(i) ? "public " : ""}${quoted(path)};\n`);
  return [
    `${syntaxText(file)}\n`,
    proto.package ? `\npackage ${proto.package};\n` : "",
    `\n${imports.join("")}`,
    `\n${asStatements(optionsOf(FileOptionsSchema, proto.options, context.extensions), 0)}`,
    `\n${extensionText(proto.extension, 0, context)}\n`,
    ...proto.enumType.map((descriptor) => `${enumText(descriptor, 0, context)}\n`),
    ...proto.messageType.map((message) => messageText(message, 0, context)),
    ...proto.service.map((service) => serviceText(service, context)),
  ].join("");
}

function syntaxText({ proto }: DescFile): string {
  if (proto.syntax !== "editions") return `syntax = "${proto.syntax || "proto2"}";`;
  return `edition = "${Edition[proto.edition]?.replace("EDITION_", "")}";`;
}

function serviceText(service: ServiceDescriptorProto, { extensions }: Context): string {
  const methods = service.method.map((method) => {
    const input = `${method.clientStreaming ? "stream " : ""}${method.inputType}`;
    const output = `${method.serverStreaming ? "stream " : ""}${method.outputType}`;
    const options = asStatements(optionsOf(MethodOptionsSchema, method.options, extensions), 2);
    return `  rpc ${method.name}(${input}) returns (${output})${options ? ` {\n${options}  }` : ";"}\n`;
  });
  return `service ${service.name} {\n${asStatements(optionsOf(ServiceOptionsSchema, service.options, extensions), 1)}${methods.join("")}}\n`;
}
