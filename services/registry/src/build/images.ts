import { create } from "@bufbuild/protobuf";
import { type BuildImage, BuildImageSchema } from "@signalbox/gen/signalbox/registry/v1/build_pb.ts";
import type { Id } from "@signalbox/runtime/ids.ts";
import type { Part } from "@signalbox/runtime/resource/parts.ts";
import { portions } from "@signalbox/runtime/store/portions.ts";
import type { Kysely } from "kysely";
import { documentHash, documentTexts } from "../documents.ts";
import type { RegistryTables } from "../tables.ts";
import type { BuildImageRow } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** By what they are for. */
export type Images = Readonly<Record<string, BuildImage>>;

/** The images of builds. Their documents are kept before the build is. */
export const buildImages: Part<Images> = {
  none: {},
  of: imagesOf,
  // A thousand builds have more of them than anybody waits for.
  listed: async () => new Map(),
  // Builds never change: asked only whether there are some.
  same: (some, others) => Object.keys(some).length + Object.keys(others).length === 0,
  set: addImages,
  drop: (trx, workspaceId, id) => dropImages(trx, workspaceId, [id]),
};

/** The texts that images refer to. */
export const documentsOf = (images: Images): string[] =>
  Object.values(images)
    .flatMap(({ dockerfile, requirements }) => [dockerfile, requirements])
    .filter((text) => text !== "");

async function addImages(trx: Db, workspaceId: Id, buildId: Id, images: Images): Promise<void> {
  const rows = Object.entries(images).map(([key, each]): BuildImageRow => {
    const { image, dockerfile, requirements, settingsChecksum, containsCode, downloadsCode } = each;
    return {
      ...{ workspaceId, buildId, key, image, settingsChecksum },
      dockerfileHash: documentHash(dockerfile),
      requirementsHash: documentHash(requirements),
      containsCode: Number(containsCode),
      downloadsCode: Number(downloadsCode),
    };
  });
  for (const some of portions(rows, ({ image }) => 512 + image.length)) await trx.insertInto("registry_build_image").values(some).execute();
}

async function imagesOf(db: Db, workspaceId: Id, builds: readonly Id[]): Promise<Map<string, Images>> {
  const ofThese = db.selectFrom("registry_build_image").selectAll().where("workspaceId", "=", workspaceId).where("buildId", "in", builds);
  const rows = await ofThese.orderBy("buildId").orderBy("key").execute();
  const hashes = rows.flatMap(({ dockerfileHash, requirementsHash }) => [dockerfileHash, requirementsHash]);
  const texts = await documentTexts(db, workspaceId, hashes);
  const text = (hash: Buffer): string => texts.get(hash.toString("hex")) ?? "";
  const toImage = ({ image, dockerfileHash, requirementsHash, settingsChecksum, containsCode, downloadsCode }: BuildImageRow) =>
    create(BuildImageSchema, {
      ...{ image, settingsChecksum, dockerfile: text(dockerfileHash), requirements: text(requirementsHash) },
      ...{ containsCode: containsCode === 1, downloadsCode: downloadsCode === 1 },
    });
  const own = Map.groupBy(rows, ({ buildId }) => buildId.toString("hex"));
  return new Map([...own].map(([id, images]) => [id, Object.fromEntries(images.map((row) => [row.key, toImage(row)]))]));
}

export async function dropImages(trx: Db, workspaceId: Id, builds: readonly Id[]): Promise<void> {
  await trx.deleteFrom("registry_build_image").where("workspaceId", "=", workspaceId).where("buildId", "in", builds).execute();
}
