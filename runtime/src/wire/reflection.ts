import { type DescFile, type DescMessage, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { ServerReflection, ServerReflectionRequest } from "@signalbox/gen/grpc/reflection/v1/reflection_pb.ts";
import type { Handlers } from "../rpc/handler.ts";

/** Server reflection from the descriptors that the code was generated with: custom options and all, as Go's clients need them. */
export function reflection(services: readonly DescService[]): Handlers<typeof ServerReflection> {
  const index = indexOf(services);
  return {
    async *serverReflectionInfo(requests) {
      const sent = new Set<DescFile>();
      for await (const request of requests)
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(request, services, index, sent) };
    },
  };
}

interface Index {
  readonly byName: ReadonlyMap<string, DescFile>;
  readonly bySymbol: ReadonlyMap<string, DescFile>;
  readonly extensions: readonly { readonly of: string; readonly number: number; readonly file: DescFile }[];
}

function answer(
  { messageRequest: asked }: ServerReflectionRequest,
  services: readonly DescService[],
  { byName, bySymbol, extensions }: Index,
  sent: Set<DescFile>,
) {
  switch (asked.case) {
    case "fileByFilename":
      return files(byName.get(asked.value), asked.value, sent);
    case "fileContainingSymbol":
      return files(bySymbol.get(asked.value), asked.value, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = asked.value;
      const found = extensions.find(({ of, number }) => of === containingType && number === extensionNumber);
      return files(found?.file, `${containingType} ${extensionNumber}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const extensionNumber = extensions.filter(({ of }) => of === asked.value).map(({ number }) => number);
      return { case: "allExtensionNumbersResponse" as const, value: { baseTypeName: asked.value, extensionNumber } };
    }
    case "listServices":
      return { case: "listServicesResponse" as const, value: { service: services.map(({ typeName }) => ({ name: typeName })) } };
    default:
      return { case: "errorResponse" as const, value: { errorCode: Code.InvalidArgument, errorMessage: "the request asks nothing" } };
  }
}

/** A file with all that it imports, less what this stream sent before. */
function files(file: DescFile | undefined, asked: string, sent: Set<DescFile>) {
  if (!file) return { case: "errorResponse" as const, value: { errorCode: Code.NotFound, errorMessage: `nothing is known of ${asked}` } };
  const closure: DescFile[] = [];
  const add = (each: DescFile): void => {
    if (sent.has(each)) return;
    sent.add(each);
    closure.push(each);
    each.dependencies.forEach(add);
  };
  add(file);
  const fileDescriptorProto = (closure.length > 0 ? closure : [file]).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

function indexOf(services: readonly DescService[]): Index {
  const byName = new Map<string, DescFile>();
  const bySymbol = new Map<string, DescFile>();
  const extensions: { of: string; number: number; file: DescFile }[] = [];
  const addMessages = (file: DescFile, messages: readonly DescMessage[]): void => {
    for (const message of messages) {
      bySymbol.set(message.typeName, file);
      for (const { name } of message.fields) bySymbol.set(`${message.typeName}.${name}`, file);
      for (const { typeName } of message.nestedEnums) bySymbol.set(typeName, file);
      addMessages(file, message.nestedMessages);
    }
  };
  const addFile = (file: DescFile): void => {
    if (byName.has(file.proto.name)) return;
    byName.set(file.proto.name, file);
    for (const service of file.services) {
      bySymbol.set(service.typeName, file);
      for (const { name } of service.methods) bySymbol.set(`${service.typeName}.${name}`, file);
    }
    for (const { typeName } of file.enums) bySymbol.set(typeName, file);
    for (const { extendee, number, typeName } of file.extensions) {
      bySymbol.set(typeName, file);
      extensions.push({ of: extendee.typeName, number, file });
    }
    addMessages(file, file.messages);
    file.dependencies.forEach(addFile);
  };
  for (const { file } of services) addFile(file);
  return { byName, bySymbol, extensions };
}
