import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ComponentType } from "@signalbox/gen/signalbox/registry/v1/stack_pb.ts";
import { type Id, toId } from "@signalbox/runtime/ids.ts";
import type { ResourceRow } from "@signalbox/runtime/resource/row.ts";
import type { FlavorRow } from "./tables.ts";

type Texts = Omit<FlavorRow, keyof ResourceRow | "type" | "schema" | "custom">;

/** A flavor as `catalogue.json` has it. */
type Entry = Pick<FlavorRow, "name"> & Partial<Texts> & { readonly type: keyof typeof ComponentType; readonly schema: object };

/** What Signalbox knows of a flavor that it brings, without the workspace. */
export type BuiltIn = Pick<FlavorRow, "id" | "contentHash" | "type" | "schema" | "custom"> & Texts;

const none = {
  ...{ displayName: "", source: "", integration: "", logoUrl: "", docsUrl: "", sdkDocsUrl: "" },
  ...{ connectorType: "", connectorResourceType: "", connectorResourceAttribute: "" },
} satisfies Omit<Texts, "name">;

const entries = JSON.parse(readFileSync(new URL("catalogue.json", import.meta.url), "utf8")) as readonly Entry[];

/** The flavors that Signalbox brings. */
export const builtIns: readonly BuiltIn[] = entries.map((entry) => ({
  ...none,
  ...entry,
  id: idOf(`${entry.type}/${entry.name}`),
  type: ComponentType[entry.type],
  schema: JSON.stringify(entry.schema),
  custom: 0,
  contentHash: createHash("sha256").update(JSON.stringify(entry)).digest(),
}));

/** The same in every workspace and for ever: a UUIDv5 of the type and the name. */
function idOf(name: string): Id {
  const namespace = toId("5f0b7a2e-3c1d-5a4b-9e8f-0d6c2b1a7e43");
  const id = createHash("sha1").update(namespace).update(name).digest().subarray(0, 16);
  id.writeUInt8(0x50 | (id.readUInt8(6) & 0x0f), 6);
  id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
  return id;
}
