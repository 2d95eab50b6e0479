import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { type ConnectorType, ConnectorTypeSchema } from "@signalbox/gen/signalbox/credentials/v1/connector_type_pb.ts";

/** A type as `catalogue.json` has it: as the contract does, but for the schemas, which are JSON there. */
type Entry = Partial<Omit<ConnectorType, "$typeName" | "$unknown" | "methods" | "resourceTypes">> & {
  readonly type: string;
  readonly resourceTypes: readonly Named<"type", "methods">[];
  readonly methods: readonly (Named<"method"> & { readonly schema: object })[];
};
type Named<Name extends string, Lists extends string = never> = Readonly<Record<Name, string> & Record<Lists, string[]>>;

/** The methods by which this server issues credentials itself, by type. */
const issuing: Readonly<Record<string, readonly string[]>> = { aws: ["iam-role"], oauth2: ["client-credentials"] };

const entries = JSON.parse(readFileSync(new URL("catalogue.json", import.meta.url), "utf8")) as readonly Entry[];

/** The types of connectors that Signalbox knows. */
export const connectorTypes: readonly ConnectorType[] = entries.map(({ resourceTypes, methods, ...entry }) =>
  create(ConnectorTypeSchema, {
    ...entry,
    resourceTypes: [...resourceTypes],
    methods: methods.map(({ schema, ...method }) => ({
      ...method,
      schema: { text: JSON.stringify(schema) },
      issues: issuing[entry.type]?.includes(method.method) === true,
    })),
    issues: Object.hasOwn(issuing, entry.type),
  }),
);

const byType = new Map(connectorTypes.map((each) => [each.type, each]));

/** What is known of a type; undefined for one that is not known. */
export const connectorType = (type: string): ConnectorType | undefined => byType.get(type);
